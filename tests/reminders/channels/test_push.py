"""Web push against a service that checks signatures and decrypts, and against its faults."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bazaar.reminders.channels.base import Browser, DeliveryError, Message, Receipt
from bazaar.reminders.channels.push import PushChannel, topic_header
from tests.factories import SECRET_KEY
from tests.reminders.channels.doubles.push import PushService, running_push_service

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MESSAGE = Message(
    key="0f3c",
    to_name="Bu Sari",
    to_address="",
    subject="Bu Sari, giliran Ibu malam ini, 20.00 WIB",
    text=(
        "Bu Sari, giliran Ibu malam ini, 20.00 WIB.\n\nSenin, 4 Mei, 20.00 WIB, lamanya 15 menit.\n"
        "Ibu bisa hadir? Jawab Siap atau Berhalangan di sini:\nhttps://giliran.example/g/abc\n"
    ),
    stale_at=NOW + timedelta(minutes=25),
    topic="turn-5-7",
    link="https://giliran.example/g/abc",
    is_urgent=True,
)


@pytest.fixture
def service() -> Iterator[PushService]:
    with running_push_service() as service:
        yield service


@pytest.fixture
def channel(service: PushService) -> Iterator[PushChannel]:
    channel = make_channel()
    service.own_key = channel.public_key
    yield channel
    channel.close()


def make_channel(*, seconds: float = 5, allows_loopback: bool = True) -> PushChannel:
    contact = "mailto:panitia@example.org"
    return PushChannel(SECRET_KEY, contact, clock=lambda: NOW, allows_loopback=allows_loopback, seconds=seconds)


def to(*browsers: Browser, **changes: object) -> Message:
    return replace(MESSAGE, browsers=browsers, **changes)  # type: ignore[arg-type] # fields of a message


def failure(channel: PushChannel, message: Message) -> DeliveryError:
    with pytest.raises(DeliveryError) as error:
        channel.send(message)
    return error.value


def kind_of(error: DeliveryError) -> tuple[bool, bool, bool]:
    return error.permanent, error.ambiguous, error.is_address_gone


def test_the_browser_reads_name_and_time_first_and_the_service_learns_how_long_it_is_good(
    service: PushService, channel: PushChannel
) -> None:
    browser = service.subscribe()

    receipt = channel.send(to(browser))

    [pushed] = service.pushed
    assert receipt == Receipt(f"{service.origin}/message/1", reached=(browser.endpoint,))
    assert pushed.notification == {
        "title": "Bu Sari, giliran Ibu malam ini, 20.00 WIB",
        "body": "Senin, 4 Mei, 20.00 WIB, lamanya 15 menit. Ibu bisa hadir? Jawab Siap atau Berhalangan di sini.",
        "tag": "turn-5-7",
        "link": "/g/abc",
    }
    assert {name: pushed.headers[name] for name in ("ttl", "topic", "urgency")} == {"ttl": "1500", "topic": "turn-5-7", "urgency": "high"}
    assert (pushed.claims["sub"], service.refusals) == ("mailto:panitia@example.org", [])


def test_a_message_without_haste_end_or_topic_says_so(service: PushService, channel: PushChannel) -> None:
    channel.send(to(service.subscribe(), is_urgent=False, stale_at=None, topic=""))

    headers = service.pushed[0].headers
    assert (headers["urgency"], headers["ttl"], "topic" in headers) == ("normal", "14400", False)


def test_the_time_to_live_never_passes_the_moment_from_which_it_would_do_harm(service: PushService, channel: PushChannel) -> None:
    channel.send(to(service.subscribe(), stale_at=NOW + timedelta(seconds=1.9)))
    over = failure(channel, to(service.subscribe(), stale_at=NOW))

    assert ([pushed.headers["ttl"] for pushed in service.pushed], over.permanent) == (["1"], True)


@pytest.mark.parametrize("topic", ["turn-5-7-and-more-than-thirty-two-signs", "giliran bu Sari", "a/b", "é"])
def test_any_topic_becomes_one_that_services_take(topic: str) -> None:
    made = topic_header(topic)

    assert (len(made), made == topic_header(topic), made.replace("-", "").replace("_", "").isalnum()) == (32, True, True)


def test_long_words_are_cut_between_two_of_them(service: PushService, channel: PushChannel) -> None:
    channel.send(to(service.subscribe(), text="Siapkan tape dan suwar-suwir. " * 300, subject="Bu " + "Sari " * 200))

    shown = service.pushed[0].notification
    assert (len(shown["body"]) <= 240, shown["body"].endswith(("tape…", "dan…", "suwar-suwir.…", "Siapkan…"))) == (True, True)
    assert len(shown["title"]) == 240


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_named(service: PushService, channel: PushChannel, status: int) -> None:
    browser = service.subscribe()
    service.answer("hp", status)

    error = failure(channel, to(browser))

    assert (kind_of(error), error.gone) == ((True, False, True), (browser.endpoint,))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, (True, False, False)),
        (401, (True, False, False)),
        (403, (True, False, False)),
        (413, (True, False, False)),
        (302, (False, False, False)),
        (429, (False, False, False)),
        (500, (False, True, False)),
        (502, (False, True, False)),
        (503, (False, True, False)),
    ],
)
def test_every_answer_means_what_the_rfc_says(
    service: PushService, channel: PushChannel, status: int, expected: tuple[bool, bool, bool]
) -> None:
    browser = service.subscribe()
    service.answer("hp", status, Location="http://127.0.0.1:9/elsewhere")

    assert kind_of(failure(channel, to(browser))) == expected
    assert channel.send(to(browser)).reached == (browser.endpoint,)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), timedelta(minutes=5)),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), timedelta(0)),
        ("999999999", timedelta(hours=1)),
        ("sebentar", None),
        ("-5", None),
    ],
)
def test_a_pause_is_as_long_as_the_service_asks_within_reason(
    service: PushService, channel: PushChannel, said: str, wait: timedelta | None
) -> None:
    browser = service.subscribe()
    service.answer("hp", 429, Retry_After=said)

    assert failure(channel, to(browser)).retry_after == wait


def test_silence_after_the_whole_message_is_ambiguous(service: PushService, channel: PushChannel) -> None:
    browser = service.subscribe()
    service.hangs_up.add("/push/hp")

    assert kind_of(failure(channel, to(browser))) == (False, True, False)


@pytest.mark.parametrize("fault", ["stalls", "drips"])
def test_a_slow_service_holds_nobody_up_longer_than_the_limit(service: PushService, fault: str) -> None:
    slow, quick = service.subscribe("slow"), service.subscribe("quick")
    if fault == "stalls":
        service.stall_seconds["/push/slow"] = 5
    else:
        service.drips.add("/push/slow")
    channel = make_channel(seconds=0.5)
    began = time.monotonic()

    alone = failure(channel, to(slow))
    both = channel.send(to(slow, quick))
    took = time.monotonic() - began
    channel.close()

    assert (kind_of(alone), both.reached) == ((False, True, False), (quick.endpoint,))
    assert took < 4


def test_nobody_at_the_other_end_is_no_attempt_that_may_have_arrived(channel: PushChannel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    browser = PushService(port=port).subscribe()

    error = failure(channel, to(browser))

    assert (kind_of(error), error.unreachable) == ((False, False, False), False)


def test_one_browser_of_several_is_enough_and_the_gone_ones_are_named(service: PushService, channel: PushChannel) -> None:
    old, busy, good = service.subscribe("old"), service.subscribe("busy"), service.subscribe("good")
    service.answer("old", 410)
    service.answer("busy", 429)

    receipt = channel.send(to(old, busy, good))

    assert (receipt.reached, receipt.gone) == ((good.endpoint,), (old.endpoint,))


def test_without_success_the_most_hopeful_answer_counts(service: PushService, channel: PushChannel) -> None:
    old, busy = service.subscribe("old"), service.subscribe("busy")
    service.answer("old", 410)
    service.answer("busy", 503, Retry_After="60")

    error = failure(channel, to(old, busy))

    assert (kind_of(error), error.gone, error.retry_after) == ((False, False, False), (old.endpoint,), timedelta(minutes=1))


@pytest.mark.parametrize(
    "changes", [{"endpoint": "https://10.0.0.1/x"}, {"endpoint": "file:///etc/passwd"}, {"p256dh": "AAAA"}, {"auth": ""}]
)
def test_what_is_no_browser_gets_nothing_and_ends(service: PushService, channel: PushChannel, changes: dict[str, str]) -> None:
    browser = replace(service.subscribe(), **changes)

    assert kind_of(failure(channel, to(browser))) == (True, False, True)
    assert not channel.accepts(browser)
    assert channel.accepts(service.subscribe())


def test_in_production_this_machine_is_no_push_service(service: PushService) -> None:
    browser, channel = service.subscribe(), make_channel(allows_loopback=False)

    assert (channel.accepts(browser), kind_of(failure(channel, to(browser)))) == (False, (True, False, True))
    assert service.connection_count == 0
    channel.close()


def test_a_vendor_without_a_browser_needs_another_way(channel: PushChannel) -> None:
    assert failure(channel, MESSAGE).permanent
