"""Calls a channel because a person asks: one real message to see whether it works, or telling a bot where to post.

It goes past the outbox: nothing is tried again, the address is remembered nowhere, and nobody waits for longer than a call may last.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.reminders import pacing
from bazaar.reminders.channel_accounts import Unreadable, account_of, open_fields
from bazaar.reminders.channels.base import Channel, DeliveryError, Message
from bazaar.reminders.channels.kinds import FROM_ACCOUNT, KINDS, Address
from bazaar.reminders.world import World
from bazaar.states import ChannelName
from bazaar.tokens import new_token
from bazaar.web_address import OWN_MACHINE
from models import Bazaar, ChannelAccount, Edition

log = logging.getLogger(__name__)

TRIABLE = (*FROM_ACCOUNT, ChannelName.EMAIL)
"""The channels that can be tried; a notification goes to a vendor's browser, which an organizer does not have."""

PATIENCE = timedelta(seconds=10)
_LIFE = timedelta(minutes=10)
_callers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="trial")


@dataclass(frozen=True)
class TrialWords:
    """What a trial says where it is not the channel that is tried but a wording."""

    subject: str
    text: str


@dataclass(frozen=True)
class Trial:
    """How it went. `reason` is what the channel said; `is_unclear`: it may have arrived all the same."""

    is_sent: bool
    reason: str = ""
    is_unclear: bool = False


def send_trial(
    edition_id: int,
    channel: ChannelName,
    address: str,
    *,
    world: World,
    by: int | None,
    now: datetime,
    patience: timedelta = PATIENCE,
    words: TrialWords | None = None,
) -> Trial:
    """Send a message that says what it is, or these words. A channel that is switched off may be tried too.

    Refuses `channel_not_open`, `channel_unreadable` and `trial_in_demo` (a demo edition writes to nobody outside this machine).
    """
    with transaction() as session:
        edition = session.get_one(Edition, edition_id)
        bazaar_id = edition.bazaar_id
        account = account_of(session, bazaar_id, channel)
        sender = _channel_of(world, channel, account)
        if edition.is_demo and not _stays_here(world, channel, account):
            raise Refusal("trial_in_demo")
        message = _message(words or _own_words(session.get_one(Bazaar, bazaar_id).name), address, now)
        _note(session, bazaar_id, channel, account, by=by, now=now)
    trial, error = _wait_for(_callers.submit(sender.send, message), patience)
    with transaction() as session:
        if trial.is_sent:
            pacing.note_success(session, bazaar_id, channel, now=now)
        elif error is not None:
            pacing.note_failure(session, bazaar_id, channel, error, now=now)
    return trial


def connect_bot(bazaar_id: int, address: str, *, world: World, by: int | None, now: datetime, patience: timedelta = PATIENCE) -> Trial:
    """Tell the bazaar's Telegram bot to post what people write to it to an address of ours. Refuses as `send_trial`."""
    with transaction() as session:
        account = account_of(session, bazaar_id, ChannelName.TELEGRAM)
        bot = _channel_of(world, ChannelName.TELEGRAM, account)
        if account is None or not isinstance(bot, _Bot):
            raise Refusal("channel_not_open")
        word = open_fields(account.sealed, world.links.secret_key)["hook_secret"]
        audit.note(session, "connect_bot", "channel_account", account.id, now=now, bazaar_id=bazaar_id, by=by)
    return _wait_for(_callers.submit(bot.listen_at, address, word), patience)[0]


@runtime_checkable
class _Bot(Protocol):
    """A channel that wants to be told where to post."""

    def listen_at(self, url: str, secret: str) -> None: ...


def _channel_of(world: World, channel: ChannelName, account: ChannelAccount | None) -> Channel:
    if account is None:
        if channel in FROM_ACCOUNT or channel not in world.channels:
            raise Refusal("channel_not_open")
        return world.channels[channel]
    try:
        return world.rack.channel(account, world.links.secret_key, clock=world.clock)
    except (Unreadable, ValueError, ImportError) as error:
        raise Refusal("channel_unreadable") from error


def _stays_here(world: World, channel: ChannelName, account: ChannelAccount | None) -> bool:
    """Whether nothing leaves this machine: a mail server or a double of the service stands on it. Chats know who greeted them."""
    if account is None:
        return world.is_mail_local
    if KINDS[channel].address is not Address.PHONE:
        return True
    fields = open_fields(account.sealed, world.links.secret_key)
    service = fields.get("base_url") or (fields.get("url", "") if channel is ChannelName.WEBHOOK else "")
    return (urlsplit(service).hostname or "") in OWN_MACHINE


def _own_words(bazaar_name: str) -> TrialWords:
    text = f"Percobaan dari {bazaar_name}. Kalau pesan ini terbaca, jalan kabarnya beres. Tidak perlu dijawab."
    return TrialWords(f"Percobaan dari {bazaar_name}", text)


def _message(words: TrialWords, address: str, now: datetime) -> Message:
    return Message(
        key=f"trial-{new_token()}",
        to_name="",
        to_address=address,
        subject=words.subject,
        text=words.text,
        stale_at=now + _LIFE,
    )


def _note(session: Session, bazaar_id: int, channel: ChannelName, account: ChannelAccount | None, *, by: int | None, now: datetime) -> None:
    account_id = account.id if account is not None else None
    audit.note(session, "try_channel", "channel_account", account_id, now=now, bazaar_id=bazaar_id, by=by, after={"channel": channel.value})


def _wait_for(call: Future[Any], patience: timedelta) -> tuple[Trial, DeliveryError | None]:
    try:
        call.result(timeout=patience.total_seconds())
    except DeliveryError as error:
        return Trial(is_sent=False, reason=error.reason, is_unclear=error.ambiguous), error
    except TimeoutError:
        has_begun = not call.cancel()
        return Trial(is_sent=False, reason="belum ada jawaban", is_unclear=has_begun), None
    except Exception:
        log.exception("a trial broke down")
        return Trial(is_sent=False, reason="jalan ini macet", is_unclear=True), None
    return Trial(is_sent=True), None
