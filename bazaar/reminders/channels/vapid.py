"""Says to push services who we are (VAPID, RFC 8292): a key pair of this deployment, and a signed word for each service.

The pair is computed from SECRET_KEY, so there is nothing to store or to lose; with another SECRET_KEY every browser must say yes anew.
"""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from bazaar.tokens import derive_key

LIFE = timedelta(hours=12)
"""Services take a signed word for a day at most; half of it leaves room for clocks that differ."""
_RENEW_BEFORE = timedelta(hours=1)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points the curve P-256 has: a private key is a number below it."""


def vapid_key(secret_key: str) -> ec.EllipticCurvePrivateKey:
    """The deployment's own key, the same for the same SECRET_KEY. A number that is no key (one in four thousand million) is passed over."""
    source = derive_key(secret_key, "web push")
    for attempt in count():  # pragma: no branch
        number = int.from_bytes(HKDF(SHA256(), 32, salt=None, info=b"vapid key %d" % attempt).derive(source))
        if 0 < number < _ORDER:
            return ec.derive_private_key(number, ec.SECP256R1())
    raise AssertionError


def raw_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as push services and browsers write it: 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def contact_of(mail_from: str, public_url: str) -> str:
    """Whom a push service would write to: the sender of our mails, unless that address means nothing outside this machine."""
    address = mail_from.rpartition("<")[2].strip(" >")
    if "." not in address.rpartition("@")[2] and public_url.startswith("https://"):
        return public_url
    return f"mailto:{address}"


class Signer:
    """Signs one word for each push service and keeps it: a signature for each message would be the most costly part of it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        self.public_key = urlsafe_b64encode(raw_point(key.public_key())).rstrip(b"=").decode()
        self._vapid = Vapid02(key, conf={"no-strict": True})  # its check of contacts knows no ports
        self._contact = contact
        self._kept: dict[str, tuple[datetime, str]] = {}

    def authorization(self, endpoint: str, *, now: datetime) -> str:
        """The Authorization header for this endpoint's service."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        ends_at, header = self._kept.get(audience, (now, ""))
        if not _RENEW_BEFORE < ends_at - now <= LIFE:  # also after the clock was set back
            ends_at = now + LIFE
            claims = {"aud": audience, "exp": int(ends_at.timestamp()), "sub": self._contact}
            header = str(self._vapid.sign(claims)["Authorization"])
            if len(self._kept) > 50:  # browsers know a handful of services; whoever names more of them gets no memory of ours
                self._kept.clear()
            self._kept[audience] = (ends_at, header)
        return header
