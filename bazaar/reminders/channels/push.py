"""Web push: a notification on the vendor's phone, through the push service of each browser that said yes (RFC 8030, 8291, 8292).

One message goes to all browsers of a vendor; it counts as taken as soon as one service took it. A double does no harm: the topic
folds it while the phone is away, the tag on the phone itself.
"""

import json
from base64 import urlsafe_b64encode
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from bazaar.clock import Clock, system_clock
from bazaar.lines import one_line
from bazaar.reminders.channels.base import Browser, DeliveryError, Message, Receipt
from bazaar.reminders.channels.http import TOTAL_SECONDS, Answer, Caller
from bazaar.reminders.channels.push_body import LARGEST_TEXT, seal_body
from bazaar.reminders.channels.push_endpoint import refuse_bad_endpoint
from bazaar.reminders.channels.vapid import Signer, vapid_key
from bazaar.states import ChannelName

CALLS_AT_ONCE = 32
"""Several messages may be on their way, each to up to five browsers: none waits long for another one's slow service."""
USUAL_LIFE = timedelta(hours=4)
LONGEST_LIFE = timedelta(days=28)
_LONGEST_WORDS = 240
_LONGEST_TOPIC = 32
_GONE = frozenset({404, 410})
_TOO_MANY = 429


@dataclass(frozen=True)
class _Outcome:
    """How it went with one browser: a reference, or why not."""

    endpoint: str
    reference: str = ""
    error: DeliveryError | None = None


class PushChannel:
    """Sends notifications to browsers, to all those of a vendor at the same time."""

    name = ChannelName.PUSH

    def __init__(
        self,
        secret_key: str,
        contact: str,
        *,
        clock: Clock = system_clock,
        allows_loopback: bool = False,
        seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._signer = Signer(vapid_key(secret_key), contact)
        self._clock = clock
        self._allows_loopback = allows_loopback
        self._caller = Caller(allows_private=allows_loopback, seconds=seconds, clock=clock)
        self._calls = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="giliran-push")

    @property
    def public_key(self) -> str:
        """What a browser must be told when it subscribes, so that only we can write to it."""
        return self._signer.public_key

    def accepts(self, browser: Browser) -> bool:
        """Whether messages could go to this browser: an address that may be called, keys that are keys."""
        try:
            self._sealed(browser, b"")
        except DeliveryError:
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
        asked = [(browser, self._calls.submit(self._hand_over, browser, text, message, now)) for browser in message.browsers]
        return _sum_up([_outcome(browser, answer) for browser, answer in asked])

    def close(self) -> None:
        """Let go of what is open."""
        self._caller.close()
        self._calls.shutdown(wait=False, cancel_futures=True)

    def _sealed(self, browser: Browser, text: bytes) -> bytes:
        """The body for this browser. Raises DeliveryError for an address that may not be called, or keys that are none."""
        try:
            refuse_bad_endpoint(browser.endpoint, allows_loopback=self._allows_loopback)
            return seal_body(text, browser.p256dh, browser.auth)
        except ValueError as error:
            raise DeliveryError(f"data browser tidak bisa dipakai: {error}", permanent=True, is_address_gone=True) from error

    def _hand_over(self, browser: Browser, text: bytes, message: Message, now: datetime) -> Answer:
        """One call to one service."""
        body = self._sealed(browser, text)
        return self._caller.post(browser.endpoint, content=body, headers=self._headers(browser, message, now))

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


def _outcome(browser: Browser, call: "Future[Answer]") -> _Outcome:
    try:
        answer = call.result()
    except DeliveryError as error:
        error.unreachable = False  # each browser has its own service: that one is away says nothing of the others
        return _Outcome(browser.endpoint, error=error)
    if answer.is_good:
        return _Outcome(browser.endpoint, reference=answer.location[:200])
    return _Outcome(browser.endpoint, error=_refused(answer))


def _refused(answer: Answer) -> DeliveryError:
    if answer.status in _GONE:
        return DeliveryError("browser ini tidak lagi menerima kabar", permanent=True, is_address_gone=True)
    said = f"layanan kabar browser menjawab {answer.status}"
    return DeliveryError(said, permanent=answer.status != _TOO_MANY, retry_after=answer.retry_after)


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
