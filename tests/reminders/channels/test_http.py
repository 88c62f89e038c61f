"""One call over HTTP: how far it came decides what it is called, its time is over when it is over, and it tells no secrets."""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bazaar.reminders.channels import http
from bazaar.reminders.channels.base import DeliveryError
from bazaar.reminders.channels.http import LARGEST_ANSWER, Answer, Caller, retry_after_of
from tests.reminders.channels.doubles.fonnte import FIELDS, Fonnte
from tests.reminders.channels.doubles.server import DELIVERS_FIRST, Fault, running
from tests.reminders.channels.sink import self_made_certificate

NOW = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)


@pytest.fixture
def service() -> Iterator[Fonnte]:
    with running(Fonnte()) as double:
        yield double


def _post(service: Fonnte, **options: Any) -> Answer:
    caller = Caller(**{"seconds": 5, "clock": lambda: NOW, **options})
    return caller.post(f"{service.url}/send", headers={"Authorization": FIELDS["token"]}, form={"target": "62812", "message": "halo"})


def _error(service: Fonnte, **options: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        _post(service, **options)
    return caught.value


def test_a_whole_answer_comes_back_as_it_is(service: Fonnte) -> None:
    answer = _post(service)

    assert (answer.status, answer.is_good, answer.document()["status"]) == (200, True, True)
    assert [one.phone for one in service.delivered] == ["+62812"]


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.SILENCE, Fault.SILENCE_AFTER, Fault.BROKEN, Fault.BROKEN_AFTER, Fault.RESET, Fault.RESET_AFTER),
        *(Fault.HALF, Fault.HALF_AFTER, Fault.DRIP_AFTER),
    ],
)
def test_once_the_message_left_everything_but_an_answer_is_ambiguous(service: Fonnte, fault: Fault) -> None:
    service.faults.append(fault)

    error = _error(service, seconds=0.4 if fault in {Fault.SILENCE, Fault.SILENCE_AFTER, Fault.DRIP_AFTER} else 5)

    assert (error.ambiguous, error.unreachable, error.permanent, error.retry_after) == (True, False, False, None)
    assert len(service.delivered) == (fault in DELIVERS_FIRST)
    assert len(service.calls) == 1


def test_an_answer_byte_by_byte_does_not_outlive_the_whole_calls_time(service: Fonnte) -> None:
    service.faults.append(Fault.DRIP_AFTER)
    begun = time.monotonic()

    _error(service, seconds=0.3)

    assert time.monotonic() - begun < 1.5


def test_a_port_where_nobody_listens_and_a_name_that_is_none_are_unreachable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        for url in (f"http://127.0.0.1:{closed.getsockname()[1]}/", "http://gerbang.invalid/"):
            with pytest.raises(DeliveryError) as caught:
                Caller(seconds=2).post(url, json={})

            assert (caught.value.unreachable, caught.value.ambiguous) == (True, False)


def test_a_look_up_that_never_ends_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_options: over.wait(5) and [])

    with pytest.raises(DeliveryError) as caught:
        Caller(seconds=0.1).post("http://gerbang.example.org/", json={})
    over.set()

    assert caught.value.unreachable


def test_a_certificate_that_nobody_vouches_for_is_unreachable_and_one_that_is_vouched_for_works(tmp_path: Path) -> None:
    shown, trusted = self_made_certificate(tmp_path)

    with _tls_server(shown) as port:
        with pytest.raises(DeliveryError) as caught:
            Caller(seconds=2).post(f"https://127.0.0.1:{port}/", json={})
        answer = Caller(seconds=2, tls=trusted).post(f"https://127.0.0.1:{port}/", json={})

    assert (caught.value.unreachable, caught.value.ambiguous) == (True, False)
    assert answer.status == 204


def test_a_server_that_stops_in_the_middle_of_the_handshake_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(DeliveryError) as caught:
        Caller(seconds=0.2).post(f"https://127.0.0.1:{silent.getsockname()[1]}/", json={})

    assert (caught.value.unreachable, caught.value.ambiguous) == (True, False)


def test_a_pause_that_is_asked_for_is_told(service: Fonnte) -> None:
    service.faults.append(Fault.AWAY)

    error = _error(service)

    assert (error.retry_after, error.ambiguous) == (timedelta(seconds=7), False)


def test_too_many_is_a_refusal_with_its_pause(service: Fonnte) -> None:
    service.faults.append(Fault.TOO_MANY)

    answer = _post(service)

    assert (answer.status, answer.retry_after) == (429, timedelta(seconds=7))


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("12", timedelta(seconds=12)),
        ("Tue, 05 May 2026 13:02:00 GMT", timedelta(minutes=2)),
        ("Tue, 05 May 2026 12:00:00 GMT", timedelta(0)),
        ("86400", timedelta(hours=1)),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
    ],
)
def test_a_pause_is_read_in_seconds_and_as_a_date_and_never_exceeds_an_hour(text: str, wait: timedelta | None) -> None:
    assert retry_after_of(text, now=NOW) == wait


def test_a_redirect_is_not_followed(service: Fonnte) -> None:
    service.faults.append(Fault.REDIRECT)

    error = _error(service)

    assert (error.unreachable, len(service.calls)) == (True, 1)


def test_an_answer_longer_than_any_answer_is_not_read(service: Fonnte) -> None:
    service.faults.append(Fault.HUGE_AFTER)

    answer = _post(service)

    assert answer == Answer(200, b"")
    assert LARGEST_ANSWER < 2_000_000


def test_no_proxy_of_the_environment_is_used(service: Fonnte, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    assert _post(service).is_good


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.1.2.3", "192.168.1.1", "169.254.169.254", "[fe80::1]", "0.0.0.0"])
def test_in_production_nothing_inside_is_called(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILIRAN_ENV", "production")

    with pytest.raises(DeliveryError, match="jaringan dalam") as caught:
        Caller(seconds=2).post(f"http://{host}:9/", json={})

    assert caught.value.unreachable


@pytest.mark.parametrize(
    ("address", "is_outside"),
    [
        *((outside, True) for outside in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")),
        *((inside, False) for inside in ("::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "ff02::1", "fe80::1%eth0")),
        *((inside, False) for inside in ("100.64.0.1", "::1", "fd00::1", "0.0.0.0", "255.255.255.255")),
    ],
)
def test_an_address_is_public_or_it_is_not_however_it_is_wrapped(address: str, is_outside: bool) -> None:
    assert http.is_public(address) is is_outside


def test_one_private_address_among_several_is_enough_to_refuse(service: Fonnte, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(0, 0, 0, "", (address, service.port)) for address in ("203.0.114.7", "127.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_options: both)

    error = _error(service, allows_private=False)

    assert error.unreachable
    assert service.calls == []


def test_what_goes_wrong_tells_no_secret_and_no_number(service: Fonnte, caplog: pytest.LogCaptureFixture) -> None:
    caller = Caller(secrets=("rahasia",), seconds=5)
    service.faults.append(Fault.RESET)

    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
        caller.post(
            f"{service.url}/bot123:rahasia/send",
            headers={"Authorization": FIELDS["token"]},
            form={"target": "6281200001024", "message": "m"},
        )

    assert [word for word in ("rahasia", "6281200001024", "/bot123") if word in caplog.text] == []
    assert "rahasia" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)
    assert caller.clean("no rahasia at +62 812-0000-1024 with EAAGm0PX4ZCpsBAJr8abcdef\nbye") == "no ••• at ••• with ••• bye"


def test_the_client_is_made_when_it_is_needed_and_again_after_it_was_closed(service: Fonnte) -> None:
    caller = Caller(seconds=2)
    caller.close()

    for _ in range(2):
        assert caller.post(
            f"{service.url}/send", headers={"Authorization": FIELDS["token"]}, form={"target": "62812", "message": "m"}
        ).is_good
        caller.close()


@contextmanager
def _tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """Answers each request with 204, over TLS."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _address = listening.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    request = b""
                    while not request.endswith(b"{}"):  # closing before the body came would reset the connection
                        request += secure.recv(65536) or b"{}"
                    secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            except OSError:
                continue

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
