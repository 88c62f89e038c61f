"""The second factor: a code of six digits from an authenticator app (RFC 6238), good once.

Beside it stands a recovery code for whoever loses the phone. It is computed from the sealed secret and SECRET_KEY, so nothing new is
stored; using it forgets the secret, so it is good once by itself.
"""

import base64
import hmac
from datetime import datetime
from hashlib import sha256

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from bazaar.refusals import Refusal
from bazaar.tokens import derive_key, fernet_key
from models import Account

_STEP_SECONDS = 30
_CLOCK_DRIFT = (0, -1, 1)
"""A phone's clock may be half a minute off; beyond that the person is told to set it."""
_RECOVERY_LENGTH = 16
_MISREAD = str.maketrans("0189", "OIBG")
"""Base32 has no such digits: whoever reads one from paper means the letter."""


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


def recovery_code(sealed: str, secret_key: str) -> str:
    """The code to keep on paper, `ABCD-EFGH-JKLM-NPQR`: 80 bits, another one for each secret."""
    digest = hmac.new(derive_key(secret_key, "recovery"), sealed.encode(), sha256).digest()
    text = base64.b32encode(digest)[:_RECOVERY_LENGTH].decode()
    return "-".join(text[start : start + 4] for start in range(0, _RECOVERY_LENGTH, 4))


def is_recovery_code(typed: str, sealed: str, secret_key: str) -> bool:
    """Whether somebody typed the recovery code, with or without its lines, in any case."""
    letters = "".join(character for character in typed.upper().translate(_MISREAD) if character.isalnum())
    wanted = recovery_code(sealed, secret_key).replace("-", "")
    return letters.isascii() and hmac.compare_digest(letters, wanted)


def forget(session: Session, account_id: int, *, sealed: str | None = None) -> bool:
    """Step: switch the second factor off; where `sealed` is given, only while that secret is still the one. Says whether it did."""
    which = [Account.id == account_id, Account.totp_secret.is_not(None) if sealed is None else Account.totp_secret == sealed]
    forgotten = session.scalar(
        update(Account)
        .where(*which)
        .values(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    return forgotten is not None


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
    return Fernet(fernet_key(secret_key, "totp"))
