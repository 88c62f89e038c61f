"""Signatures: good ones pass, and nothing else does, however close."""

from datetime import UTC, datetime, timedelta

import pytest

from bazaar.reminders.channels.signing import hub_signature, is_same, is_signed_webhook, sign_webhook

SECRET = "kunci-tanda-tangan-gerbang"
NOW = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
BODY = b'{"type": "status"}'


def _is_good(*, secret: str = SECRET, body: bytes = BODY, now: datetime = NOW, key: str = "evt-1", **changed: str) -> bool:
    headers = {**sign_webhook(SECRET, "evt-1", NOW, BODY), **{name.replace("_", "-"): value for name, value in changed.items()}}
    return is_signed_webhook(secret, key, headers["webhook-timestamp"], headers["webhook-signature"], body, now=now)


def test_what_was_signed_is_good_for_five_minutes_either_way() -> None:
    assert _is_good()
    assert _is_good(now=NOW + timedelta(minutes=5))
    assert _is_good(now=NOW - timedelta(minutes=5))
    assert not _is_good(now=NOW + timedelta(minutes=5, seconds=1))
    assert not _is_good(now=NOW - timedelta(minutes=5, seconds=1))


@pytest.mark.parametrize(
    "changed",
    [
        {"body": BODY + b" "},
        {"key": "evt-2"},
        {"secret": SECRET + "x"},
        {"secret": ""},
        {"webhook_timestamp": "1777986001"},
        {"webhook_timestamp": "besok"},
        {"webhook_timestamp": "9" * 30},
        {"webhook_signature": ""},
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": "v1,é"},
    ],
)
def test_whatever_differs_is_not_good(changed: dict[str, str]) -> None:
    assert not _is_good(**changed)  # type: ignore[arg-type] # what a post holds


def test_one_good_signature_among_several_is_enough() -> None:
    good = sign_webhook(SECRET, "evt-1", NOW, BODY)["webhook-signature"]

    assert _is_good(webhook_signature=f"v1,AAAA {good}")


def test_the_vector_of_the_standard() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)

    headers = sign_webhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_metas_signature_is_over_the_bytes_and_an_empty_secret_equals_nothing() -> None:
    assert hub_signature("key", b"The quick brown fox jumps over the lazy dog").endswith(
        "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    )
    assert is_same("a", "a")
    assert not is_same("", "")
