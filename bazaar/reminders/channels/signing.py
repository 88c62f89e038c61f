"""Signatures of what services and gateways post, made and checked. Always over the bytes as they came, always in constant time."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import datetime, timedelta

REPLAY_WINDOW = timedelta(minutes=5)
_PREFIX = "whsec_"


def sign_webhook(secret: str, key: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a signed webhook: its id, when it was sent, and HMAC-SHA256 over `id.timestamp.body`."""
    stamp = str(int(at.timestamp()))
    return {"webhook-id": key, "webhook-timestamp": stamp, "webhook-signature": _signature(secret, key, stamp, body)}


def is_signed_webhook(secret: str, key: str, stamp: str, signatures: str, body: bytes, *, now: datetime) -> bool:
    """Whether one of the signatures is good, and the time of sending no more than five minutes away from ours."""
    if not secret or not stamp.isdecimal() or len(stamp) > 12 or abs(now.timestamp() - int(stamp)) > REPLAY_WINDOW.total_seconds():
        return False
    right = _signature(secret, key, stamp, body)
    return any([is_same(right, given) for given in signatures.split(" ")[:5]])  # noqa: C419 (all are compared, whichever is right)


def hub_signature(secret: str, body: bytes) -> str:
    """What Meta writes into X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_same(right: str, given: str) -> bool:
    """Compare secrets without telling by the time how much of one was right. An empty secret equals nothing."""
    return bool(right) and hmac.compare_digest(right.encode(), given.encode())


def _signature(secret: str, key: str, stamp: str, body: bytes) -> str:
    mac = hmac.new(_key(secret), f"{key}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + b64encode(mac).decode()


def _key(secret: str) -> bytes:
    """`whsec_...` is base64, as Standard Webhooks has it; anything else is taken as it is."""
    if secret.startswith(_PREFIX):
        try:
            return b64decode(secret.removeprefix(_PREFIX), validate=True)
        except ValueError:
            pass
    return secret.encode()
