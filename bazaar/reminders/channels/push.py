"""Web push: a notification on the vendor's phone, through the push service of each browser that said yes (RFC 8030, 8291, 8292).

One message goes to all browsers of a vendor; it counts as taken as soon as one service took it. A double does no harm: the topic
folds it while the phone is away, the tag on the phone itself.
"""

import json
import logging
from base64 import urlsafe_b64encode
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from time import monotonic
from urllib.parse import urlsplit

import httpx

from bazaar.clock import Clock, system_clock
from bazaar.lines import one_line
from bazaar.reminders.channels.base import Browser, DeliveryError, Message, Receipt
from bazaar.reminders.channels.push_body import LARGEST_TEXT, seal_body
from bazaar.reminders.channels.push_endpoint import BadEndpoint, address_of, read_endpoint
from bazaar.reminders.channels.vapid import Signer, vapid_key
from bazaar.states import ChannelName

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would write every endpoint into the log, and an endpoint is a secret

TIMEOUT_SECONDS = 10
"""For one message to all its browsers, which are asked at the same time."""
MOST_BROWSERS = 5
"""Of one vendor."""
USUAL_LIFE = timedelta(hours=4)
LONGEST_LIFE = timedelta(days=28)
LONGEST_WAIT = timedelta(hours=6)
_LONGEST_WORDS = 240
_LONGEST_TOPIC = 32
_LARGEST_ANSWER = 4096
_GONE = frozenset({404, 410})
_PAUSE = frozenset({429, 503})


@dataclass(frozen=True)
class _Outcome:
    """How it went with one browser: a reference, or why not."""

    endpoint: str
    reference: str = ""
    error: DeliveryError | None = None


class PushChannel:
    """Sends notifications to browsers. Connections to push services are kept between messages."""

    name = ChannelName.PUSH

    def __init__(
        self,
        secret_key: str,
        contact: str,
        *,
        clock: Clock = system_clock,
        allows_loopback: bool = False,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._signer = Signer(vapid_key(secret_key), contact)
        self._clock = clock
        self._allows_loopback = allows_loopback
        self._timeout = timeout
        self._client = self._new_client()
        self._calls = ThreadPoolExecutor(MOST_BROWSERS, thread_name_prefix="giliran-push")

    @property
    def public_key(self) -> str:
        """What a browser must be told when it subscribes, so that only we can write to it."""
        return self._signer.public_key

    def accepts(self, browser: Browser) -> bool:
        """Whether messages could go to this browser: an address that may be called, keys that are keys."""
        try:
            read_endpoint(browser.endpoint, allows_loopback=self._allows_loopback)
            seal_body(b"", browser.p256dh, browser.auth)
        except ValueError:
            return False
        return True

    def send(self, message: Message) -> Receipt:
        """Hand the notification to the push service of every browser. Raises DeliveryError where none took it."""
        if not message.browsers:
            raise DeliveryError("lapak ini tidak punya browser yang menerima kabar", permanent=True)
        now = self._clock()
        if message.stale_at is not None and message.stale_at <= now:
            raise DeliveryError("sudah lewat waktunya", permanent=True)
        text = notification(message)
        deadline = monotonic() + self._timeout
        asked = [(browser, self._calls.submit(self._hand_over, browser, text, message, now)) for browser in message.browsers]
        return _sum_up([self._outcome(browser, future, deadline) for browser, future in asked])

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
        self._calls.shutdown(wait=False, cancel_futures=True)

    def _new_client(self) -> httpx.Client:
        # No proxy from the environment, no redirects: the request goes where it was looked up to go, once.
        return httpx.Client(timeout=min(5.0, self._timeout), trust_env=False, follow_redirects=False)

    def _outcome(self, browser: Browser, future: "Future[str]", deadline: float) -> _Outcome:
        try:
            return _Outcome(browser.endpoint, reference=future.result(max(0.0, deadline - monotonic())))
        except DeliveryError as error:
            return _Outcome(browser.endpoint, error=error)
        except TooSlow:  # a service that answers one byte at a time; its connection goes, and its thread ends at its next byte
            future.cancel()
            self._client.close()
            self._client = self._new_client()
            return _Outcome(browser.endpoint, error=DeliveryError("layanan kabar browser terlalu lama menjawab", ambiguous=True))

    def _hand_over(self, browser: Browser, text: bytes, message: Message, now: datetime) -> str:
        """One call; gives the service's name for the message."""
        try:
            endpoint = read_endpoint(browser.endpoint, allows_loopback=self._allows_loopback)
            body = seal_body(text, browser.p256dh, browser.auth)
        except ValueError as error:
            raise DeliveryError(f"data browser tidak bisa dipakai: {error}", permanent=True, is_address_gone=True) from error
        try:
            address = address_of(endpoint)
        except BadEndpoint as error:  # what a name leads to may be our own network's mistake: the subscription stays
            raise DeliveryError(f"alamat layanan kabar ditolak: {error}", permanent=True) from error
        except OSError as error:
            raise DeliveryError(f"layanan kabar browser tidak terjangkau: {error}") from error
        shown = f"[{address}]" if ":" in address else address
        request = self._client.build_request(
            "POST",
            f"{endpoint.scheme}://{shown}:{endpoint.port}{endpoint.target}",
            content=body,
            headers={"Host": endpoint.netloc, **self._headers(browser, message, now)},
            extensions={"sni_hostname": endpoint.host},  # the certificate must be the name's, whatever the address
        )
        return self._ask(request, now)

    def _headers(self, browser: Browser, message: Message, now: datetime) -> dict[str, str]:
        life = min(message.stale_at - now, LONGEST_LIFE) if message.stale_at is not None else USUAL_LIFE
        headers = {
            "Authorization": self._signer.authorization(browser.endpoint, now=now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(life.total_seconds())),
            "Urgency": "high" if message.is_urgent else "normal",
        }
        return {**headers, "Topic": topic_header(message.topic)} if message.topic else headers

    def _ask(self, request: httpx.Request, now: datetime) -> str:
        try:
            response = self._client.send(request, stream=True)
            try:
                _read_little(response)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise DeliveryError(f"layanan kabar browser tidak terjangkau: {type(error).__name__}") from error
        except (httpx.HTTPError, OSError, RuntimeError) as error:  # RuntimeError: the client was closed under us
            raise DeliveryError(f"layanan kabar browser diam setelah menerima isi: {type(error).__name__}", ambiguous=True) from error
        if response.is_success:
            return str(response.headers.get("Location", ""))[:200]
        raise _refused(response, now)


def notification(message: Message) -> bytes:
    """What the phone shows, as JSON: the subject first, because a locked phone shows one line; then a few words; where a tap leads."""
    link = urlsplit(message.link)
    document = {
        "title": one_line(message.subject)[:_LONGEST_WORDS],
        "body": _few_words(message),
        "tag": topic_header(message.topic) if message.topic else "",
        "link": link.path + (f"?{link.query}" if link.query else ""),
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > LARGEST_TEXT:
        raise DeliveryError("kabar terlalu panjang", permanent=True)
    return text


def _few_words(message: Message) -> str:
    """The text without what the title says already and without addresses, which nobody can tap in a notification."""
    lines = [line.strip() for line in message.text.splitlines()]
    kept = [line for line in lines if line and line.rstrip(".") != one_line(message.subject).rstrip(".") and "://" not in line]
    words = " ".join(line.removesuffix(":") + "." if line.endswith(":") else line for line in kept)
    if len(words) <= _LONGEST_WORDS:
        return words
    return words[: _LONGEST_WORDS - 1].rpartition(" ")[0] + "…"


def topic_header(topic: str) -> str:
    """A topic as services take it: at most 32 signs of the alphabet of URLs."""
    if len(topic) <= _LONGEST_TOPIC and topic.isascii() and topic.replace("-", "").replace("_", "").isalnum():
        return topic
    return urlsafe_b64encode(sha256(topic.encode()).digest()[:24]).decode()


def _read_little(response: httpx.Response) -> None:
    """The answer's body says nothing that we need, but a connection is only good again once it was read."""
    size = 0
    for chunk in response.iter_raw():
        size += len(chunk)
        if size > _LARGEST_ANSWER:
            return


def _refused(response: httpx.Response, now: datetime) -> DeliveryError:
    status = response.status_code
    said = f"layanan kabar browser menjawab {status}"
    if status in _GONE:
        return DeliveryError("browser ini tidak lagi menerima kabar", permanent=True, is_address_gone=True)
    if status in _PAUSE:
        return DeliveryError(said, retry_after=_retry_after(response.headers.get("Retry-After", ""), now))
    if response.is_server_error:  # it had the whole message, and nobody knows what it did with it
        return DeliveryError(said, ambiguous=True)
    return DeliveryError(said, permanent=True)


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """How long we were asked to wait, in seconds or as a date; nobody can make us wait longer than some hours."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return min(max(until - now, timedelta(0)), LONGEST_WAIT)


def _sum_up(outcomes: list[_Outcome]) -> Receipt:
    """One receipt for all browsers. Where none took it, the most hopeful error speaks: what may still arrive, what may be tried again."""
    gone = tuple(outcome.endpoint for outcome in outcomes if outcome.error is not None and outcome.error.is_address_gone)
    reached = tuple(outcome.endpoint for outcome in outcomes if outcome.error is None)
    if reached:
        return Receipt(next(outcome.reference for outcome in outcomes if outcome.error is None), reached=reached, gone=gone)
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    waits = [error.retry_after for error in errors if error.retry_after is not None]
    raise DeliveryError(
        next((error.reason for error in errors if not error.permanent), errors[0].reason),
        permanent=all(error.permanent for error in errors),
        ambiguous=any(error.ambiguous for error in errors),
        retry_after=min(waits, default=None),
        is_address_gone=len(gone) == len(outcomes),
        gone=gone,
    )
