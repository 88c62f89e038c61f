"""The body of a web push, readable by one browser only: RFC 8291 over aes128gcm (RFC 8188), in one record."""

import os
from base64 import urlsafe_b64decode
from binascii import Error

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bazaar.reminders.channels.vapid import raw_point

LARGEST_BODY = 4096
"""What every push service takes."""
LARGEST_TEXT = LARGEST_BODY - 86 - 1 - 16
"""Of which 86 bytes are the header, one ends the record, and 16 are the proof that nobody changed it."""
_POINT_BYTES = 65
_AUTH_BYTES = 16


def read_base64(text: str) -> bytes:
    """Base64 in the alphabet of URLs, with or without its padding. Raises ValueError."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, UnicodeEncodeError) as error:
        raise ValueError(text) from error


def read_keys(p256dh: str, auth: str) -> tuple[ec.EllipticCurvePublicKey, bytes]:
    """What a browser gave us: its public key and the secret it shares with us. Raises ValueError where they are none."""
    point, secret = read_base64(p256dh), read_base64(auth)
    if len(point) != _POINT_BYTES or len(secret) != _AUTH_BYTES:
        raise ValueError("keys of another length")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point), secret


def seal_body(
    text: bytes, p256dh: str, auth: str, *, own_key: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The text, encrypted for the browser with these keys. Key and salt are new for each message; the RFC's example gives its own."""
    browser_key, secret = read_keys(p256dh, auth)
    own_key = own_key or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    own_point = raw_point(own_key.public_key())
    shared = own_key.exchange(ec.ECDH(), browser_key)
    seed = _derive(secret, shared, b"WebPush: info\0" + raw_point(browser_key) + own_point, 32)
    key, nonce = _derive(salt, seed, b"Content-Encoding: aes128gcm\0", 16), _derive(salt, seed, b"Content-Encoding: nonce\0", 12)
    header = salt + LARGEST_BODY.to_bytes(4) + bytes([len(own_point)]) + own_point
    return header + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=info).derive(secret)
