"""How a bazaar opens a channel, changes, moves, pauses and gives it up.

What was entered rests sealed and secrets are never shown again, so a form that leaves one empty keeps it. The audit names the
fields that changed, and never what stood in them where it is secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.reminders.channel_accounts import Unreadable, account_of, current_accounts, hang_up, is_current, open_fields, seal_fields
from bazaar.reminders.channels.fields import PROBLEMS
from bazaar.reminders.channels.kinds import KINDS, build_channel
from bazaar.states import ChannelName
from bazaar.tokens import new_token
from models import Bazaar, ChannelAccount

NEW = -1
"""The revision of a form that was made while there was no account."""

_SENT_TO = "base_url"
"""The address that an account's secrets travel to: whoever changes it must know them."""

_MADE_UP_LENGTH = 32


@dataclass(frozen=True)
class AccountValues:
    """What a form of an account begins with: no secrets, only which of them are kept."""

    channel: ChannelName
    revision: int
    fields: Mapping[str, str]
    kept: frozenset[str]  # the secrets that stay where their field is left empty
    daily_limit: int | None
    is_open: bool
    is_readable: bool  # or SECRET_KEY is another one than it was, and everything must be entered again


@dataclass(frozen=True)
class Handover:
    """What the service must be told: words that we or an organizer made up for it. Only for organizers' eyes."""

    words: Mapping[str, str]


def account_values(bazaar_id: int, channel: ChannelName, *, secret_key: str) -> AccountValues:
    """Query: the account of a channel as its form begins; an empty one where there is none."""
    with reading() as session:
        account = account_of(session, bazaar_id, channel)
        if account is None:
            return AccountValues(channel, NEW, {}, frozenset(), None, is_open=False, is_readable=True)
        fields = _opened(account, secret_key)
        secrets = _secrets_of(channel)
        return AccountValues(
            channel,
            account.revision,
            {name: value for name, value in (fields or {}).items() if name not in secrets},
            frozenset(name for name, value in (fields or {}).items() if name in secrets and value),
            account.daily_limit,
            is_open=True,
            is_readable=fields is not None,
        )


def handover(bazaar_id: int, channel: ChannelName, *, secret_key: str) -> Handover | None:
    """Query: what the service must be told; None while there is no account that can be opened."""
    with reading() as session:
        account = account_of(session, bazaar_id, channel)
        fields = _opened(account, secret_key) if account is not None else None
        if fields is None:
            return None
        return Handover({field.name: fields.get(field.name, "") for field in KINDS[channel].fields if field.is_made_up})


def save_account(
    bazaar_id: int,
    channel: ChannelName,
    typed: Mapping[str, str],
    *,
    daily_limit: int | None,
    revision: int,
    secret_key: str,
    by: int | None,
    now: datetime,
) -> bool:
    """Open the bazaar's account of a channel, or change it; whether it was opened. `revision` is the one the organizer saw, or NEW.

    An empty secret stays as it is; an empty word that we may make up is made up. A changed account begins with a clean slate.
    Refuses `channel_fields_unusable` (its value `problems` is {field: sentence}) and `changed_meanwhile`.
    """
    before = account_values(bazaar_id, channel, secret_key=secret_key)
    if before.revision != revision:
        raise Refusal("changed_meanwhile")
    fields = _completed(bazaar_id, before, typed, secret_key)
    problems = _problems(before, fields, typed)
    if problems:
        raise Refusal("channel_fields_unusable", problems=problems)
    with transaction() as session:
        _lock(session, bazaar_id)
        values = {"sealed": seal_fields(fields, secret_key), "daily_limit": daily_limit}
        account_id = (
            _change(session, bazaar_id, channel, values, revision) if before.is_open else _open(session, bazaar_id, channel, values, now)
        )
        action = "change_channel" if before.is_open else "open_channel"
        old, new = _as_noted(before, fields, typed, daily_limit)
        audit.note(session, action, "channel_account", account_id, now=now, bazaar_id=bazaar_id, by=by, before=old, after=new)
    return not before.is_open


def move_account(bazaar_id: int, channel: ChannelName, *, is_up: bool, by: int | None, now: datetime) -> None:
    """Try this channel one place earlier or later. At the end of the list nothing happens. Refuses `channel_not_open`."""
    with transaction() as session:
        _lock(session, bazaar_id)
        accounts = current_accounts(session, bazaar_id)
        place = next((place for place, account in enumerate(accounts) if account.channel is channel), None)
        if place is None:
            raise Refusal("channel_not_open")
        other = place - 1 if is_up else place + 1
        if not 0 <= other < len(accounts):
            return
        accounts[place], accounts[other] = accounts[other], accounts[place]
        for rank, account in enumerate(accounts):
            account.rank = rank
        order = {"order": [account.channel.value for account in accounts]}
        moved = accounts[other].id
        audit.note(session, "move_channel", "channel_account", moved, now=now, bazaar_id=bazaar_id, by=by, after=order)


def pause_account(bazaar_id: int, channel: ChannelName, *, is_paused: bool, by: int | None, now: datetime) -> None:
    """Switch a channel off, or on again: its messages go the next way meanwhile. Twice is once. Refuses `channel_not_open`."""
    with transaction() as session:
        account = account_of(session, bazaar_id, channel)
        if account is None:
            raise Refusal("channel_not_open")
        leave = update(ChannelAccount).where(ChannelAccount.id == account.id, ChannelAccount.is_paused != is_paused)
        if session.scalar(leave.values(is_paused=is_paused).returning(ChannelAccount.id)) is None:
            return
        action = "pause_channel" if is_paused else "resume_channel"
        audit.note(session, action, "channel_account", account.id, now=now, bazaar_id=bazaar_id, by=by, after={"channel": channel.value})


def withdraw_account(bazaar_id: int, channel: ChannelName, *, secret_key: str, by: int | None, now: datetime) -> None:
    """Give a channel up: what was entered for it is forgotten, the row stays as a trace. Refuses `channel_not_open`."""
    with transaction() as session:
        gone = session.scalar(
            update(ChannelAccount)
            .where(is_current(bazaar_id, channel))
            .values(withdrawn_at=now, sealed=seal_fields({}, secret_key), revision=ChannelAccount.revision + 1)
            .returning(ChannelAccount.id)
        )
        if gone is None:
            raise Refusal("channel_not_open")
        audit.note(
            session, "withdraw_channel", "channel_account", gone, now=now, bazaar_id=bazaar_id, by=by, before={"channel": channel.value}
        )


def _opened(account: ChannelAccount, secret_key: str) -> dict[str, str] | None:
    try:
        return open_fields(account.sealed, secret_key)
    except Unreadable:
        return None


def _secrets_of(channel: ChannelName) -> frozenset[str]:
    return frozenset(field.name for field in KINDS[channel].fields if field.is_secret)


def _completed(bazaar_id: int, before: AccountValues, typed: Mapping[str, str], secret_key: str) -> dict[str, str]:
    """Everything that will be kept: what was typed, secrets that stay, words that we make up."""
    with reading() as session:
        account = account_of(session, bazaar_id, before.channel)
        kept = (_opened(account, secret_key) if account is not None else None) or {}
    fields = {}
    for field in KINDS[before.channel].fields:
        value = typed.get(field.name, "").strip()
        if not value and field.is_secret:
            value = kept.get(field.name, "")
        fields[field.name] = value or (new_token()[:_MADE_UP_LENGTH] if field.is_made_up else "")
    return fields


def _problems(before: AccountValues, fields: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """Field by field what cannot be used, as a sentence; empty where the channel can be built."""
    kind = KINDS[before.channel]
    labels = {field.name: field.label for field in kind.fields}
    found = {name: f"{labels[name]} {PROBLEMS[code]}." for name, code in reversed(import_module(kind.module).check(fields))}
    if before.is_open and fields.get(_SENT_TO, "") != before.fields.get(_SENT_TO, ""):
        leaving = [field.name for field in kind.fields if field.name in before.kept and not field.is_made_up]
        found |= {name: "Tulis lagi, karena alamat layanannya berubah." for name in leaving if not typed.get(name, "").strip()}
    return found or _unbuildable(before.channel, fields)


def _unbuildable(channel: ChannelName, fields: Mapping[str, str]) -> dict[str, str]:
    first = KINDS[channel].fields[0].name
    try:
        made = build_channel(channel, fields)
    except ImportError:
        return {first: "Layanan ini belum dipasang di server. Minta pengurus server memasang Apprise."}
    except ValueError:
        return {first: "Layanan ini tidak mengenali isian itu. Periksa lagi."}
    hang_up(made)
    return {}


def _lock(session: Session, bazaar_id: int) -> None:
    """Those who change the channels of one bazaar go one after the other, where there are several writers."""
    session.execute(select(Bazaar.id).where(Bazaar.id == bazaar_id).with_for_update(key_share=True))


def _open(session: Session, bazaar_id: int, channel: ChannelName, values: Mapping[str, object], now: datetime) -> int:
    last = select(func.max(ChannelAccount.rank)).where(ChannelAccount.bazaar_id == bazaar_id, ChannelAccount.withdrawn_at.is_(None))
    rank = session.scalar(last)
    account = ChannelAccount(bazaar_id=bazaar_id, channel=channel, rank=0 if rank is None else rank + 1, created_at=now, **values)
    session.add(account)
    try:
        session.flush()
    except IntegrityError as error:  # another organizer opened it at the same moment
        raise Refusal("changed_meanwhile") from error
    return account.id


def _change(session: Session, bazaar_id: int, channel: ChannelName, values: Mapping[str, object], revision: int) -> int:
    changed = session.scalar(
        update(ChannelAccount)
        .where(is_current(bazaar_id, channel), ChannelAccount.revision == revision)
        .values(revision=revision + 1, failure_count=0, retry_at=None, last_error=None, **values)
        .returning(ChannelAccount.id)
    )
    if changed is None:
        raise Refusal("changed_meanwhile")
    return int(changed)


def _as_noted(
    before: AccountValues, fields: Mapping[str, str], typed: Mapping[str, str], daily_limit: int | None
) -> tuple[dict[str, object], dict[str, object]]:
    """Old and new values for the audit; of secrets only which ones are new."""
    secrets = _secrets_of(before.channel)
    old: dict[str, object] = {"channel": before.channel.value, "daily_limit": before.daily_limit, **before.fields}
    new: dict[str, object] = {"channel": before.channel.value, "daily_limit": daily_limit}
    new |= {name: value for name, value in fields.items() if name not in secrets}
    old, new = audit.changed_values(old, new)
    replaced = sorted(name for name in secrets if typed.get(name, "").strip() or (fields.get(name) and name not in before.kept))
    return old, {"channel": before.channel.value, **new, **({"new_secrets": replaced} if replaced else {})}
