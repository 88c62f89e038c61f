"""Secrets in URLs and cookies: made at random or derived from a key, stored only as SHA-256."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode


def new_token() -> str:
    """256 random bits, URL-safe, 43 characters."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is stored instead of the token. A plain hash suffices: the token has 256 bits of its own."""
    return hashlib.sha256(token.encode()).hexdigest()


def derive_key(secret_key: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose, so that no two uses of SECRET_KEY share one (HKDF's extract step, RFC 5869)."""
    return hmac.new(purpose.encode(), secret_key.encode(), hashlib.sha256).digest()


def token_of_link(secret_key: str, nonce: str) -> str:
    """The token of a link, recomputed from its nonce: reminders can print it again, a stolen database cannot (ADR 6)."""
    mac = hmac.new(derive_key(secret_key, "link"), nonce.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def fernet_key(secret_key: str, purpose: str) -> bytes:
    """The same as a key for Fernet, which wants it in base64."""
    return urlsafe_b64encode(derive_key(secret_key, purpose))
