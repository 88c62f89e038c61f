"""Passwords: what may be one, and that a wrong one costs as much time as an unknown account."""

import pytest

from bazaar.accounts.passwords import LONGEST, check_new_password, hash_password, is_right, needs_rehash
from bazaar.refusals import Refusal
from tests import factories


@pytest.mark.parametrize("password", ["kopi hujan tembakau", "aB3$xyzabc", "tembakau na oogst 1442", "ü" * 4 + "abcdefgh", "1234567890abc"])
def test_length_is_what_counts(password: str) -> None:
    check_new_password(password)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("pendek", "password_short"),
        ("x" * (LONGEST + 1), "password_long"),
        ("aaaaaaaaaaaa", "password_common"),
        ("abababababab", "password_common"),
        ("password123", "password_common"),
        ("Bismillah 123", "password_common"),
        ("rani@contoh.id", "password_personal"),
        ("Rani Prameswari", "password_personal"),
    ],
)
def test_what_others_would_try_first_is_refused(password: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_new_password(password, about=("rani@contoh.id", "Rani Prameswari"))

    assert refused.value.code == code


def test_only_the_same_password_fits_its_hash() -> None:
    stored = factories.password_hash()

    assert [is_right(stored, factories.PASSWORD), is_right(stored, factories.PASSWORD.upper())] == [True, False]


def test_the_stored_hash_is_argon2id_and_differs_each_time() -> None:
    one, other = hash_password("kopi hujan tembakau"), hash_password("kopi hujan tembakau")

    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other


@pytest.mark.parametrize("stored", [None, "!"])
def test_without_a_stored_password_nothing_fits_and_a_hash_is_computed_all_the_same(stored: str | None, monkeypatch) -> None:
    computed = []
    monkeypatch.setattr("bazaar.accounts.passwords._HASHER", _Counting(computed))

    assert is_right(stored, "kopi hujan tembakau") is False
    assert len(computed) == 1


class _Counting:
    """The hasher, with a note of each hash it really computed."""

    def __init__(self, computed: list[str]) -> None:
        from bazaar.accounts.passwords import _HASHER

        self._real, self._computed = _HASHER, computed

    def verify(self, stored: str, password: str) -> bool:
        if stored.startswith("$argon2id$"):
            self._computed.append(stored)
        return self._real.verify(stored, password)


def test_a_hash_with_older_settings_is_to_be_made_again() -> None:
    older = "$argon2id$v=19$m=8192,t=1,p=1$OpDHp2LE4mO+4l/DQApIZw$QSZlU0g1ldobYdAnJuf4KiPAI70l1B/zeY8DVsar2XQ"

    assert [needs_rehash(older), needs_rehash(factories.password_hash())] == [True, False]
