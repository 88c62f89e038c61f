"""The deployment's own key, and the word it signs for push services."""

from datetime import UTC, datetime, timedelta

import pytest
from py_vapid import Vapid02
from py_vapid.jwt import decode as decode_claims

from bazaar.reminders.channels import vapid
from bazaar.reminders.channels.vapid import LIFE, Signer, contact_of, vapid_key
from tests.factories import SECRET_KEY

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SERVICE = "https://push.example.net/send/abc"


@pytest.fixture
def signer() -> Signer:
    return Signer(vapid_key(SECRET_KEY), "mailto:panitia@example.org")


def claims_of(header: str) -> dict[str, object]:
    parts = dict(part.split("=", 1) for part in header.removeprefix("vapid ").split(","))
    return decode_claims(parts["t"], parts["k"])


def test_the_key_follows_from_the_secret_and_nothing_else() -> None:
    one, again, other = (Signer(vapid_key(secret), "").public_key for secret in (SECRET_KEY, SECRET_KEY, SECRET_KEY + "x"))

    assert (one == again, one == other, len(one)) == (True, False, 87)


def test_a_number_beyond_the_curve_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = vapid_key(SECRET_KEY).private_numbers().private_value
    monkeypatch.setattr(vapid, "_ORDER", usual)

    assert 0 < vapid_key(SECRET_KEY).private_numbers().private_value < usual


def test_the_word_is_for_one_service_and_half_a_day(signer: Signer) -> None:
    header = signer.authorization(SERVICE, now=NOW)

    assert Vapid02.verify(header)
    assert header.endswith(f"k={signer.public_key}")
    ends_at = int((NOW + timedelta(hours=12)).timestamp())
    assert claims_of(header) == {"aud": "https://push.example.net", "exp": ends_at, "sub": "mailto:panitia@example.org"}


def test_a_word_is_kept_while_it_holds_and_made_again_before_it_ends(signer: Signer) -> None:
    first = signer.authorization(SERVICE, now=NOW)

    assert signer.authorization(SERVICE + "d", now=NOW + timedelta(hours=10)) == first
    assert claims_of(signer.authorization(SERVICE, now=NOW + timedelta(hours=11, minutes=30)))["exp"] > claims_of(first)["exp"]  # type: ignore[operator] # numbers
    assert signer.authorization("https://other.example/x", now=NOW) != first


def test_a_clock_that_was_set_back_does_not_leave_a_word_of_more_than_half_a_day(signer: Signer) -> None:
    signer.authorization(SERVICE, now=NOW + timedelta(days=3650))

    assert claims_of(signer.authorization(SERVICE, now=NOW))["exp"] == int((NOW + LIFE).timestamp())


@pytest.mark.parametrize(
    ("mail_from", "public_url", "contact"),
    [
        ("Panitia <panitia@example.org>", "https://giliran.example", "mailto:panitia@example.org"),
        ("panitia@example.org", "http://localhost:8000", "mailto:panitia@example.org"),
        ("Giliran <giliran@localhost>", "https://giliran.example", "https://giliran.example"),
        ("Giliran <giliran@localhost>", "http://localhost:8000", "mailto:giliran@localhost"),
    ],
)
def test_a_push_service_learns_whom_to_write_to(mail_from: str, public_url: str, contact: str) -> None:
    assert contact_of(mail_from, public_url) == contact
