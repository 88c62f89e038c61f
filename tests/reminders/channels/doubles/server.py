"""What all doubles share: a threaded HTTP server on 127.0.0.1, its memory of what was delivered to whom, and its faults."""

import argparse
import json
import logging
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, ClassVar

log = logging.getLogger(__name__)


class Fault(StrEnum):
    """What goes wrong with one call. Those that end in `_after` deliver the message first: only the caller does not learn of it."""

    SILENCE = "silence"  # it takes the call and says nothing until `release()`
    SILENCE_AFTER = "silence_after"
    TOO_MANY = "too_many"  # 429 with Retry-After
    AWAY = "away"  # 503 with Retry-After
    BROKEN = "broken"  # 500
    BROKEN_AFTER = "broken_after"
    RESET = "reset"  # the connection is torn down
    RESET_AFTER = "reset_after"
    HALF = "half"  # half an answer, then the end
    HALF_AFTER = "half_after"
    DRIP_AFTER = "drip_after"  # an answer byte by byte, each within any time limit for one step
    HUGE_AFTER = "huge_after"  # a yes, and megabytes behind it
    GARBLED_AFTER = "garbled_after"  # 200 with something that is no answer
    REDIRECT = "redirect"
    REFUSED = "refused"  # the service's own clear no
    SWALLOWED = "swallowed"  # a yes, and then nothing ever arrives


DELIVERS_FIRST = frozenset(fault for fault in Fault if fault.endswith("_after"))


@dataclass(frozen=True)
class Delivered:
    """A message that reached a phone. `key` is the caller's name for it, where the service takes one; then doubles show."""

    phone: str
    key: str
    text: str
    reference: str
    at: float


@dataclass(frozen=True)
class Reply:
    """What the double answers."""

    status: int
    document: object
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Posted:
    """A webhook that the service sends: the bytes, and the headers that prove whose they are."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Call:
    """One call as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Service:
    """A service. Subclasses say what a call means (`take`), what a yes and a no look like, and how they report (`report`)."""

    usual_port: ClassVar[int] = 9000

    def __init__(self) -> None:
        self.port = 0
        self.calls: list[Call] = []
        self.delivered: list[Delivered] = []
        self.faults: deque[Fault] = deque()
        self.fault_of: Callable[[Call], Fault | None] = lambda _call: None
        """Decides over a call where `faults` is empty: for campaigns that throw dice."""
        self.retry_after = "7"
        self.seconds_of_drip = 0.02
        self.report_to = ""
        self.taken = threading.Event()  # set whenever a call has come in
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._number = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def release(self) -> None:
        """Let go of all calls that are kept waiting; they get no answer."""
        self._released.set()

    def doubles(self) -> list[tuple[str, str]]:
        """(phone, key) of what was delivered more than once."""
        with self._lock:
            counts = Counter((one.phone, one.key) for one in self.delivered)
        return [pair for pair, count in counts.items() if count > 1]

    def texts(self, phone: str) -> list[str]:
        """What a phone got, in order."""
        with self._lock:
            return [one.text for one in self.delivered if one.phone == phone]

    # --- What each service fills in -------------------------------------------------------------------------------------

    def take(self, call: Call) -> Delivered | Reply:
        """What a call asks for: a message to deliver, or an answer because it is none."""
        raise NotImplementedError

    def yes(self, message: Delivered) -> Reply:
        """How the service says that it took a message."""
        raise NotImplementedError

    def no(self, message: Delivered) -> Reply:
        """How it refuses one for good."""
        raise NotImplementedError

    def too_many(self) -> Reply:
        """How it asks for a pause."""
        return Reply(429, {"error": "too many"}, {"Retry-After": self.retry_after})

    def report(self, message: Delivered, word: str) -> Posted:
        """The webhook by which it tells what became of a message."""
        raise NotImplementedError

    # --- What all do ----------------------------------------------------------------------------------------------------

    def next_number(self) -> int:
        with self._lock:
            self._number += 1
            return self._number

    def deliver(self, message: Delivered) -> None:
        """The message reaches its phone. A service that folds repeats overrides this."""
        with self._lock:
            self.delivered.append(message)

    def next_fault(self, call: Call) -> Fault | None:
        with self._lock:
            if self.faults:
                return self.faults.popleft()
        return self.fault_of(call)

    def wait_until_released(self, seconds: float) -> None:
        self._released.wait(seconds)

    def post(self, posted: Posted, url: str = "") -> int:
        """Send a webhook for real; the status that came back, 0 where none did."""
        request = urllib.request.Request(url or self.report_to, posted.body, dict(posted.headers), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def post_reports(self, message: Delivered, words: list[str], dice: Random, *, twice: float = 0.0, delay: float = 0.0) -> None:
        """Report several words in an order that the dice choose, some of them twice, each after a random delay."""
        reports = [word for word in words for _ in range(1 + (dice.random() < twice))]
        dice.shuffle(reports)
        for word in reports:
            time.sleep(delay * dice.random())
            self.post(self.report(message, word))


@contextmanager
def running(service: Any, *, port: int = 0) -> Iterator[Any]:
    """The service on a port of 127.0.0.1 (a free one unless named), in threads of its own."""
    server = _Server(("127.0.0.1", port), _handler_of(service))
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.release()
        server.shutdown()
        server.server_close()
        thread.join(5)


def run_by_hand(service: Service, words: list[str]) -> None:
    """Serve until Ctrl-C, show every message, and report it as delivered and read where told where to."""
    options = argparse.ArgumentParser(description=service.__doc__)
    options.add_argument("--port", type=int, default=service.usual_port)
    options.add_argument("--report-to", default="", help="the address of Giliran's webhook for this account")
    options.add_argument("--fault", choices=list(Fault), default=None, help="what goes wrong with every call")
    given = options.parse_args()
    service.report_to = given.report_to
    service.fault_of = lambda _call: Fault(given.fault) if given.fault else None
    seen, dice = 0, Random(1)
    with running(service, port=given.port), suppress(KeyboardInterrupt):
        print(f"{type(service).__name__} listens on {service.url}")
        while True:
            time.sleep(0.2)
            for message in service.delivered[seen:]:
                seen += 1
                print(f"--- to {message.phone} ({message.key or 'no key'}): {message.text}\n")
                if service.report_to:
                    service.post_reports(message, words, dice, delay=1.0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers hang up; that is what these tests are about."""
        log.debug("a caller hung up", exc_info=True)


def _handler_of(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            call = Call(self.path, {name.lower(): value for name, value in self.headers.items()}, self.rfile.read(length))
            service.calls.append(call)
            service.taken.set()
            self.close_connection = True
            taken = service.take(call)
            if isinstance(taken, Reply):
                self._say(taken)
            else:
                self._carry(taken, service.next_fault(call))

        def _carry(self, message: Delivered, fault: Fault | None) -> None:
            if fault is None or fault in DELIVERS_FIRST:
                service.deliver(message)
            yes = service.yes(message)
            match fault:
                case None | Fault.SWALLOWED:
                    self._say(yes)
                case Fault.REFUSED:
                    self._say(service.no(message))
                case Fault.TOO_MANY:
                    self._say(service.too_many())
                case Fault.AWAY:
                    self._say(Reply(503, {}, {"Retry-After": service.retry_after}))
                case Fault.BROKEN | Fault.BROKEN_AFTER:
                    self._say(Reply(500, {"error": "something went wrong"}))
                case Fault.REDIRECT:
                    self._say(Reply(302, {}, {"Location": f"{service.url}/elsewhere"}))
                case Fault.GARBLED_AFTER:
                    self._write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>...")
                case Fault.SILENCE | Fault.SILENCE_AFTER:
                    service.wait_until_released(60)
                case Fault.RESET | Fault.RESET_AFTER:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                case Fault.HALF | Fault.HALF_AFTER:
                    self._write(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"status": tr')
                case Fault.DRIP_AFTER:
                    self._drip(_as_bytes(yes))
                case Fault.HUGE_AFTER:
                    self._say(Reply(200, {"padding": "x" * 2_000_000}))

        def _say(self, reply: Reply) -> None:
            self._write(_as_bytes(reply))

        def _write(self, answer: bytes) -> None:
            with suppress(OSError):
                self.wfile.write(answer)

        def _drip(self, answer: bytes) -> None:
            with suppress(OSError):
                for byte in answer:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(service.seconds_of_drip)

        def log_message(self, *_args: object) -> None:
            """Quiet: tests look at the memory instead."""

    return Handler


def _as_bytes(reply: Reply) -> bytes:
    body = reply.document if isinstance(reply.document, bytes) else json.dumps(reply.document).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close", **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} -", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
