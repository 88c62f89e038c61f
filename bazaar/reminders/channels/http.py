"""The one way in which channels call a service over HTTP: once, within ten seconds in all, and honest about how far it came.

Nothing is followed, retried or sent through a proxy that the environment names. Each call opens a connection of its own: a kept
one that the server closed meanwhile looks exactly like a message that may have left.
"""

import logging
import os
import re
import socket
import ssl
import threading
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Any

import httpcore
import httpx
import msgspec

from bazaar.clock import Clock, system_clock
from bazaar.lines import one_line
from bazaar.reminders.channels.base import DeliveryError

TOTAL_SECONDS = 10.0
"""For one call, from looking the name up to the last byte of the answer: a limit for each step alone adds up."""

LARGEST_ANSWER = 64 * 1024
LONGEST_PAUSE = timedelta(hours=1)
"""No service keeps a bazaar silent for longer by asking for a pause; then it is asked again."""

_CHUNK = 16 * 1024
_NAT64 = IPv6Network("64:ff9b::/96")
_TOO_MANY = 429
_UNAVAILABLE = 503
_SECRETS = (re.compile(r"[A-Za-z0-9_:|+/=-]{24,}"), re.compile(r"\+?\d[\d\s().-]{6,}\d"))
"""What looks like a token, what looks like the number of a phone."""

_LONGEST_REASON = 200

for _name in ("httpx", "httpcore"):  # they log whole addresses, and Telegram's hold the bot's token
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Answer:
    """What a service said: anything from 200 to 499 that it finished saying. `retry_after` is set where it asked for a pause."""

    status: int
    body: bytes
    retry_after: timedelta | None = None
    location: str = ""  # the address of what was made, where it says so

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    def document(self) -> dict[str, Any]:
        """The answer as a JSON object; empty where it is none."""
        try:
            document = msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}


class Caller:
    """Calls the services of one account. `secrets` never appear in what it says about a failure."""

    def __init__(
        self,
        *,
        secrets: Collection[str] = (),
        allows_private: bool | None = None,
        seconds: float = TOTAL_SECONDS,
        clock: Clock = system_clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._secrets = tuple(secrets)
        self._allows_private = not is_production() if allows_private is None else allows_private
        self._seconds = seconds
        self._clock = clock
        self._tls = tls
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Post one body. Raises DeliveryError where there is no answer to judge:

        unreachable: no byte of it can have left; retry_after: it was refused for now (429, 503) with a pause; ambiguous: everything
        else, because it may have arrived. Refusals (400 to 499) are returned: what they mean, each channel knows best.
        """
        call = _Call(self._seconds)
        try:
            response = self._opened().post(
                url, headers=headers, json=json, data=form, content=content, extensions={"giliran": call, "timeout": {}}
            )
        except _Forbidden:
            raise DeliveryError("alamat layanan menunjuk ke jaringan dalam", unreachable=True) from None
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            httpcore.TimeoutException,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            OSError,
        ) as error:
            raise _broken_off(error, call) from None  # without its cause: that one knows the address, and with it secrets
        return self._judged(response)

    def close(self) -> None:
        """Let go of the client."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def clean(self, text: object) -> str:
        """What a service said, as far as it may be shown: on one line, short, without secrets, numbers of phones and tokens."""
        words = one_line(str(text or ""))
        for secret in self._secrets:
            words = words.replace(secret, "•••") if secret else words
        for pattern in _SECRETS:
            words = pattern.sub("•••", words)
        return words[:_LONGEST_REASON]

    def _opened(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                transport = _Transport(self._tls or httpx.create_ssl_context(), allows_private=self._allows_private)
                headers = {"User-Agent": "Giliran", "Accept-Encoding": "identity"}
                self._client = httpx.Client(transport=transport, headers=headers, trust_env=False, follow_redirects=False)
            return self._client

    def _judged(self, response: httpx.Response) -> Answer:
        status = response.status_code
        pause = retry_after_of(response.headers.get("Retry-After", ""), now=self._clock())
        if status == _TOO_MANY or (status == _UNAVAILABLE and pause is not None):
            answer = Answer(status, response.content, pause)
            if status == _TOO_MANY:
                return answer
            raise DeliveryError("layanan minta menunggu (503)", retry_after=pause)
        if status >= 500:
            raise DeliveryError(f"layanan bermasalah setelah menerima pesan ({status})", ambiguous=True)
        if 300 <= status < 400 or status < 200:
            raise DeliveryError(f"layanan pindah alamat ({status})", unreachable=True)
        return Answer(status, response.content, pause, response.headers.get("Location", ""))


def refused(
    answer: Answer, reason: str, *, permanent: bool = False, unreachable: bool = False, is_address_gone: bool = False
) -> DeliveryError:
    """The error for a clear refusal; its pause is the one that the service asked for."""
    return DeliveryError(
        reason, permanent=permanent, unreachable=unreachable, is_address_gone=is_address_gone, retry_after=answer.retry_after
    )


def unreadable(answer: Answer) -> DeliveryError:
    """The error for a yes that cannot be read: something was taken, nobody knows what."""
    return DeliveryError(f"jawaban layanan tidak terbaca ({answer.status})", ambiguous=True)


def retry_after_of(text: str, *, now: datetime) -> timedelta | None:
    """`Retry-After`, in seconds or as a date, between nothing and an hour; None where it says nothing that we understand."""
    words = text.strip()
    if words.isdecimal() and len(words) < 10:
        return min(timedelta(seconds=int(words)), LONGEST_PAUSE)
    try:
        at = parsedate_to_datetime(words)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_PAUSE)


def is_public(address: str) -> bool:
    """Whether an address is on the public internet. One that only wraps an older one (mapped, 6to4, NAT64) is what it wraps."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def is_production() -> bool:
    """Whether accounts come from people whom the deployment's owner need not know. Channels are built from their fields alone, so
    this one setting is read where it is needed."""
    return os.environ.get("GILIRAN_ENV") == "production"


def _broken_off(error: Exception, call: "_Call") -> DeliveryError:
    is_late = isinstance(error, httpx.TimeoutException | httpcore.TimeoutException | TimeoutError)
    if call.has_left:
        what = "layanan diam setelah menerima pesan" if is_late else "sambungan putus setelah pesan berangkat"
        return DeliveryError(f"{what} ({type(error).__name__})", ambiguous=True)
    what = "layanan tidak menjawab" if is_late else "layanan tidak terjangkau"
    return DeliveryError(f"{what} ({type(error).__name__})", unreachable=True)


class _Forbidden(Exception):  # noqa: N818 (an answer, not a fault)
    """The name leads into a network that strangers must not reach through us."""


class _Call:
    """One call: how long it may still last, and whether a byte of it may have left."""

    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds
        self.has_left = False

    def left(self) -> float:
        left = self._until - monotonic()
        if left <= 0:
            raise httpcore.TimeoutException("the time for the whole call is over")
        return left


class _Transport(httpx.BaseTransport):
    """Carries one request over a connection of its own, on the clock of its call."""

    def __init__(self, tls: ssl.SSLContext, *, allows_private: bool) -> None:
        self._tls = tls
        self._allows_private = allows_private

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call: _Call = request.extensions["giliran"]
        line = _Line(call, allows_private=self._allows_private)
        url = httpcore.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path)
        with httpcore.ConnectionPool(ssl_context=self._tls, network_backend=line, max_keepalive_connections=0) as pool:
            asked = httpcore.Request(request.method, url, headers=request.headers.raw, content=request.read())
            answer = pool.handle_request(asked)
            headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-encoding"]
            return httpx.Response(answer.status, headers=headers, content=_body_of(answer))


def _body_of(answer: httpcore.Response) -> bytes:
    """The body, or nothing where it is too long to be an answer, or where a refusal broke off: the refusal itself was heard."""
    body = b""
    try:
        assert isinstance(answer.stream, Iterable)
        for part in answer.stream:
            body += part
            if len(body) > LARGEST_ANSWER:
                return b""
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        if not 400 <= answer.status < 500:
            raise
        return b""
    return body


class _Line(httpcore.NetworkBackend):
    """Looks a name up, checks every address behind it, and connects to an address that was checked, not to the name once more."""

    def __init__(self, call: _Call, *, allows_private: bool) -> None:
        self._call = call
        self._allows_private = allows_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _look_up(host, port, self._call.left())
        if not self._allows_private and not all(is_public(address) for address in addresses):
            raise _Forbidden
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, local_address, socket_options, self._call.left() / 2)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, local_address, socket_options, self._call.left())

    def _connect(
        self, address: str, port: int, local: str | None, options: Iterable[httpcore.SOCKET_OPTION] | None, seconds: float
    ) -> httpcore.NetworkStream:
        stream = httpcore.SyncBackend().connect_tcp(address, port, timeout=seconds, local_address=local, socket_options=options)
        return _Stream(stream, self._call)


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends with the call's time."""

    def __init__(self, stream: httpcore.NetworkStream, call: _Call) -> None:
        self._stream = stream
        self._call = call

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._call.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for begin in range(0, len(buffer), _CHUNK):
            left = self._call.left()
            self._call.has_left = True
            self._stream.write(buffer[begin : begin + _CHUNK], left)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._call.left()), self._call)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a name. The system's look-up knows no time limit, so a thread waits for it, and is left behind if need be."""
    with suppress(ValueError):
        return [str(ip_address(host))]  # it is one already
    found: list[str] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise httpcore.ConnectTimeout("no answer about the name") if thread.is_alive() else httpcore.ConnectError("no such name")
    return found.copy()
