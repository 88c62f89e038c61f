"""The second factor: a code of six digits from an authenticator app (RFC 6238), good once."""

import base64
import hmac
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from bazaar.refusals import Refusal
from bazaar.tokens import derive_key
from models import Account

_STEP_SECONDS = 30
_CLOCK_DRIFT = (0, -1, 1)
"""A phone's clock may be half a minute off; beyond that the person is told to set it."""


def new_secret(secret_key: str) -> str:
    """A fresh secret, sealed for the database."""
    return _box(secret_key).encrypt(pyotp.random_base32().encode()).decode()


def open_secret(sealed: str, secret_key: str) -> str:
    """The secret for the authenticator app. Refuses `totp_unreadable` when SECRET_KEY is another one than at sealing."""
    try:
        return _box(secret_key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Refusal("totp_unreadable") from None


def app_address(secret: str, email: str) -> str:
    """The `otpauth:` address that the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Giliran")


def spend_code(session: Session, account: Account, code: str, secret_key: str, *, now: datetime) -> None:
    """Step: accept a code and everything before it for the last time. Refuses `code_wrong`, also for a code used before."""
    if account.totp_secret is None:
        raise Refusal("code_wrong")
    step = _step_of(code, open_secret(account.totp_secret, secret_key), now)
    spent = session.scalar(
        update(Account)
        .where(Account.id == account.id, or_(Account.totp_last_step.is_(None), Account.totp_last_step < step))
        .values(totp_last_step=step)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    if spent is None:
        raise Refusal("code_wrong")


def _step_of(code: str, secret: str, now: datetime) -> int:
    digits = "".join(code.split())
    step = int(now.timestamp()) // _STEP_SECONDS
    generator = pyotp.HOTP(secret)
    for drift in _CLOCK_DRIFT:
        if digits.isascii() and hmac.compare_digest(generator.at(step + drift), digits):
            return step + drift
    raise Refusal("code_wrong")


def _box(secret_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive_key(secret_key, "totp")))
