"""Passwords: Argon2id with OWASP's smallest settings, checks against what everybody else uses too, no rules about characters."""

from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from bazaar.refusals import Refusal

SHORTEST = 10
LONGEST = 200
"""Nobody types more, and hashing must not take as long as a stranger wishes."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$OpDHp2LE4mO+4l/DQApIZw$QSZlU0g1ldobYdAnJuf4KiPAI70l1B/zeY8DVsar2XQ"  # of 256 forgotten bits


def hash_password(password: str) -> str:
    """What is stored. Takes about 30 ms and 19 MiB: never inside a transaction."""
    return _HASHER.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Whether the password fits. Without a stored hash (an unknown e-mail) it works just as long and says no."""
    try:
        return _HASHER.verify(stored or _NOBODYS_HASH, password[:LONGEST]) and stored is not None
    except InvalidHashError:  # an account that was made without a password
        return is_right(None, password)
    except VerificationError:
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with older settings."""
    return _HASHER.check_needs_rehash(stored)


PASSWORD_REFUSALS = ("password_short", "password_long", "password_common", "password_personal")
"""What `check_new_password` refuses."""


def check_new_password(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Refuse `password_short`, `password_long`, `password_common` (widely used, one repeated character) or `password_personal`
    (one's own e-mail or name, given in `about`)."""
    if len(password) < SHORTEST:
        raise Refusal("password_short", shortest=SHORTEST)
    if len(password) > LONGEST:
        raise Refusal("password_long", longest=LONGEST)
    plain = _plain(password)
    if len(set(plain)) < 4 or plain in _common() or plain.rstrip("0123456789!@#$.") in _common():
        raise Refusal("password_common")
    if any(plain in {_plain(fact), _plain(fact.partition("@")[0])} for fact in about if fact):
        raise Refusal("password_personal")


def _plain(text: str) -> str:
    return "".join(text.lower().split())


@cache
def _common() -> frozenset[str]:
    """Passwords that attackers try first, those of Indonesian families and markets included."""
    lines = files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
