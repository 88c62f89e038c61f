"""The wordings of an edition's messages: the list, the editor's page with a preview, saving, and going back to the usual text.

A wording that went back to the usual text keeps its row, emptied: its revision goes on counting, so that an editor who still has the
old page open is told.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import reading, transaction
from bazaar.localtime import local_date, to_utc
from bazaar.money import format_rupiah
from bazaar.refusals import Refusal
from bazaar.reminders.channel_accounts import current_accounts
from bazaar.reminders.compose import place_values, usual_wording, write
from bazaar.reminders.letter import Letter, RecapWords, TurnWords, bare_letter, turn_words
from bazaar.reminders.placeholders import (
    Fault,
    SmsSize,
    TextKind,
    Wording,
    faults_of,
    lacks_of,
    needed_places,
    places_of,
    sms_size,
)
from bazaar.reminders.policy import is_long
from bazaar.states import ChannelName, ReminderKind
from bazaar.turns import published_turns
from bazaar.vendors.message_language import LETTER_LANGUAGES, letter_language
from models import Bazaar, Edition, MessageText, Vendor

NEW = -1
"""The revision of a wording that was never saved."""

_MAY_CARRY_SMS = frozenset({ChannelName.WEBHOOK, ChannelName.APPRISE})
_USUAL_LEAD = {True: 24 * 60, False: 30}
_USUAL_LENGTH = timedelta(minutes=15)
_EXAMPLE = Vendor(id=0, owner_name="Bu Siti Aminah", business_name="Tape Manis Kenanga", featured_product="tape dan suwar-suwir")
_EXAMPLE_PATH = "tautan-contoh-tautan-contoh-tautan-contoh-1"  # as long as a real one


@dataclass(frozen=True)
class TextLine:
    """One wording in the list. `first` is the first line as a vendor would read it."""

    language: str
    first: str
    is_own: bool
    is_usable: bool


@dataclass(frozen=True)
class TextsPage:
    """All wordings of an edition, by kind, and how many vendors read each language."""

    edition_name: str
    slug: str
    is_archived: bool
    lines: tuple[tuple[TextKind, tuple[TextLine, ...]], ...]
    readers: dict[str, int]
    leads: dict[TextKind, tuple[int, ...]]


@dataclass(frozen=True)
class TextPage:
    """One wording to edit."""

    edition_id: int
    edition_name: str
    slug: str
    is_archived: bool
    kind: TextKind
    language: str
    wording: Wording
    usual: Wording
    revision: int
    is_own: bool
    is_usable: bool
    needed: tuple[str, ...]
    reader_count: int
    leads: tuple[int, ...]
    vendors: tuple[tuple[int, str], ...]  # whom it can be previewed for, the next turn first
    own_channels: tuple[ChannelName, ...]  # those that the bazaar opened itself

    @property
    def has_templates(self) -> bool:
        """Whether messages go over WhatsApp's own way, too, whose approved texts stay as they are."""
        return ChannelName.WHATSAPP in self.own_channels


@dataclass(frozen=True)
class Preview:
    """A wording as one vendor would read it; `faults` instead where it may not go out."""

    faults: tuple[Fault, ...]
    owner_name: str
    is_invented: bool  # there is no vendor yet, or none with a turn
    subject: str = ""
    chat: str = ""
    mail: str = ""
    length: int = 0
    sms: SmsSize | None = None  # where a channel of the bazaar may send text messages
    lacks: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()

    @property
    def below(self) -> str:
        """What a notification shows under its title: the lines after the first, without the link."""
        lines = self.chat.splitlines()[1:]
        return " ".join(line for line in lines if line and "://" not in line)


def texts_page(edition_id: int, *, now: datetime) -> TextsPage:
    """Query: the list of wordings."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        rows = _rows(session, edition_id)
        scene = _scene(session, edition, None, now)
        return TextsPage(
            edition_name=edition.name,
            slug=edition.slug,
            is_archived=edition.archived_at is not None,
            lines=tuple(
                (kind, tuple(_line(scene, kind, language, rows.get((kind, language))) for language in LETTER_LANGUAGES))
                for kind in TextKind
            ),
            readers=_readers(session, edition_id),
            leads={kind: _leads(edition, kind) for kind in TextKind},
        )


def text_page(edition_id: int, kind: TextKind, language: str, *, now: datetime) -> TextPage:
    """Query: a wording as it is now, the usual one where the edition has none of its own."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        row = _rows(session, edition_id).get((kind, language))
        own, usual = _own(row), usual_wording(kind.reminder_kind, language)
        return TextPage(
            edition_id=edition_id,
            edition_name=edition.name,
            slug=edition.slug,
            is_archived=edition.archived_at is not None,
            kind=kind,
            language=language,
            wording=own or usual,
            usual=usual,
            revision=NEW if row is None else row.revision,
            is_own=own is not None,
            is_usable=own is None or not faults_of(kind.reminder_kind, own),
            needed=needed_places(kind.reminder_kind),
            reader_count=_readers(session, edition_id).get(language, 0),
            leads=_leads(edition, kind),
            vendors=_vendors(session, edition_id, now),
            own_channels=tuple(account.channel for account in current_accounts(session, edition.bazaar_id)),
        )


def preview(
    edition_id: int, kind: TextKind, language: str, wording: Wording, *, vendor_id: int | None, public_url: str, now: datetime
) -> Preview:
    """Query: what a vendor would read if the wording were saved, as of the moment in which it would be sent."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        scene = _scene(session, edition, vendor_id, now)
        letter = scene.letter(kind, language, f"{public_url}/g/{_EXAMPLE_PATH}")
        may_be_sms = any(account.channel in _MAY_CARRY_SMS for account in current_accounts(session, edition.bazaar_id))
    values = place_values(letter, write(letter).news)
    places = tuple((name, values[name]) for name in places_of(kind.reminder_kind))
    faults = tuple(faults_of(kind.reminder_kind, wording))
    if faults:
        return Preview(faults, letter.name, scene.is_invented, places=places)
    written = write(letter if wording == usual_wording(kind.reminder_kind, language) else replace(letter, own=wording))
    return Preview(
        faults=(),
        owner_name=letter.name,
        is_invented=scene.is_invented,
        subject=written.subject,
        chat=written.whatsapp.strip(),
        mail=written.text.strip(),
        length=len(written.whatsapp.strip()),
        sms=sms_size(written.whatsapp.strip()) if may_be_sms else None,
        lacks=lacks_of(kind.reminder_kind, wording),
        places=places,
    )


def save_text(edition_id: int, kind: TextKind, language: str, wording: Wording, *, revision: int, by: int | None, now: datetime) -> None:
    """Let this wording go out from now on; the usual one, unchanged, is no wording of one's own.

    Refuses `not_found`, `edition_archived`, `changed_meanwhile`, and what `faults_of` finds.
    """
    for fault in faults_of(kind.reminder_kind, wording):
        raise fault.refusal
    _store(edition_id, kind, language, wording, revision=revision, by=by, now=now)


def restore_text(edition_id: int, kind: TextKind, language: str, *, revision: int, by: int | None, now: datetime) -> None:
    """Let the usual text go out again. Refuses `not_found`, `edition_archived`, `changed_meanwhile`."""
    _store(edition_id, kind, language, usual_wording(kind.reminder_kind, language), revision=revision, by=by, now=now)


def _store(edition_id: int, kind: TextKind, language: str, wording: Wording, *, revision: int, by: int | None, now: datetime) -> None:
    with transaction() as session:
        # The edition's row is the lock: two editors of a wording that has no row yet take turns, too.
        edition = session.scalar(select(Edition).where(Edition.id == edition_id).with_for_update(key_share=True))
        if edition is None or language not in LETTER_LANGUAGES:
            raise Refusal("not_found")
        if edition.archived_at is not None:
            raise Refusal("edition_archived", name=edition.name)
        row = _rows(session, edition_id).get((kind, language))
        if revision != (NEW if row is None else row.revision):
            raise Refusal("changed_meanwhile")
        usual = usual_wording(kind.reminder_kind, language)
        before = _own(row)
        after = None if wording == usual else wording
        if after == before:
            return
        stored = after or Wording("", "")
        row = _write_row(session, edition_id, kind, language, row, stored, by, now)
        audit.note(
            session,
            "change_message_text" if after else "restore_message_text",
            "message_text",
            row.id,
            now=now,
            bazaar_id=edition.bazaar_id,
            by=by,
            before=_noted(before or usual),
            after={"kind": kind.value, "language": language, **_noted(after or usual)},
        )


def _write_row(
    session: Session,
    edition_id: int,
    kind: TextKind,
    language: str,
    row: MessageText | None,
    wording: Wording,
    by: int | None,
    now: datetime,
) -> MessageText:
    if row is None:
        row = MessageText(edition_id=edition_id, kind=kind.reminder_kind, is_long_before=kind.is_long_before, language=language, revision=0)
        session.add(row)
    else:
        raised = update(MessageText).where(MessageText.id == row.id, MessageText.revision == row.revision)
        if session.execute(raised.values(revision=row.revision + 1)).rowcount == 0:  # type: ignore[attr-defined] # an UPDATE's result counts rows
            raise Refusal("changed_meanwhile")
    row.subject, row.body, row.changed_at, row.account_id = wording.subject, wording.body, now, by
    session.flush()
    return row


def _noted(wording: Wording) -> dict[str, str]:
    return {"subject": wording.subject, "body": wording.body}


def _rows(session: Session, edition_id: int) -> dict[tuple[TextKind, str], MessageText]:
    rows = session.scalars(select(MessageText).where(MessageText.edition_id == edition_id))
    return {(_kind_of(row), row.language): row for row in rows}


def _kind_of(row: MessageText) -> TextKind:
    return next(kind for kind in TextKind if kind.reminder_kind is row.kind and (row.is_long_before == kind.is_long_before))


def _own(row: MessageText | None) -> Wording | None:
    return Wording(row.subject, row.body) if row is not None and row.body else None


def _line(scene: "_Scene", kind: TextKind, language: str, row: MessageText | None) -> TextLine:
    own = _own(row)
    written = write(replace(scene.letter(kind, language, "https://"), own=own))
    return TextLine(language, written.subject, own is not None, own is None or not faults_of(kind.reminder_kind, own))


def _readers(session: Session, edition_id: int) -> dict[str, int]:
    """By language: how many vendors are written to in it."""
    counts = dict.fromkeys(LETTER_LANGUAGES, 0)
    for vendor in session.scalars(select(Vendor).where(Vendor.edition_id == edition_id, Vendor.withdrawn_at.is_(None))):
        counts[letter_language(vendor)] += 1
    return counts


def _leads(edition: Edition, kind: TextKind) -> tuple[int, ...]:
    if kind.reminder_kind is not ReminderKind.BEFORE:
        return ()
    return tuple(lead for lead in edition.reminder_leads if is_long(lead) is kind.is_long_before)


def _vendors(session: Session, edition_id: int, now: datetime) -> tuple[tuple[int, str], ...]:
    """Who has a turn, the next one first."""
    turns = published_turns(session, edition_id)
    ordered = [*(turn for turn in turns if turn.starts_at > now), *reversed([turn for turn in turns if turn.starts_at <= now])]
    names = {
        vendor.id: f"{vendor.owner_name}, {vendor.business_name}"
        for vendor in session.scalars(select(Vendor).where(Vendor.edition_id == edition_id))
    }
    return tuple((vendor_id, names[vendor_id]) for vendor_id in dict.fromkeys(turn.vendor_id for turn in ordered))


@dataclass(frozen=True)
class _Scene:
    """Whom the examples are for, and the turn they are about."""

    edition: Edition
    bazaar: Bazaar
    vendor: Vendor
    starts_at: datetime
    ends_at: datetime
    is_invented: bool

    def letter(self, kind: TextKind, language: str, link: str) -> Letter:
        """What would be sent to them."""
        bare = bare_letter(kind.reminder_kind, language, self.vendor, self.edition, self.bazaar, link=link)
        return _about(bare, kind, self.edition, self.starts_at, self.ends_at)


def _scene(session: Session, edition: Edition, vendor_id: int | None, now: datetime) -> _Scene:
    """A vendor's next turn (the last one, where none is to come); invented as far as nothing is there."""
    offered = [one for one, _name in _vendors(session, edition.id, now)]
    chosen = vendor_id if vendor_id in offered else next(iter(offered), None)
    turns = [turn for turn in published_turns(session, edition.id) if turn.vendor_id == chosen]
    turn = next((turn for turn in turns if turn.starts_at > now), turns[-1] if turns else None)
    starts_at = turn.starts_at if turn else to_utc(_usual_day(edition, now), time(20, 0), edition.timezone)
    return _Scene(
        edition=edition,
        bazaar=session.get_one(Bazaar, edition.bazaar_id),
        vendor=session.get_one(Vendor, chosen) if chosen is not None else _any_vendor(session, edition.id),
        starts_at=starts_at,
        ends_at=turn.ends_at if turn else starts_at + _USUAL_LENGTH,
        is_invented=turn is None,
    )


def _any_vendor(session: Session, edition_id: int) -> Vendor:
    first = select(Vendor).where(Vendor.edition_id == edition_id, Vendor.withdrawn_at.is_(None)).order_by(func.lower(Vendor.business_name))
    return session.scalars(first.limit(1)).first() or _EXAMPLE


def _usual_day(edition: Edition, now: datetime) -> date:
    return max(edition.starts_on, local_date(now, edition.timezone) + timedelta(days=1))


def _about(letter: Letter, kind: TextKind, edition: Edition, starts_at: datetime, ends_at: datetime) -> Letter:
    """What the letter is about, told as of the moment in which such a letter leaves."""
    lead = next(iter(_leads(edition, kind)), _USUAL_LEAD[kind.is_long_before])

    def words(at: datetime) -> TurnWords:
        sent_at = starts_at - timedelta(minutes=lead)
        return turn_words(at, edition.timezone, letter.language, now=sent_at, ends_at=at + (ends_at - starts_at))

    turn = words(starts_at)
    if kind is TextKind.CHANGED:
        return replace(letter, gone=(words(starts_at - timedelta(days=2)),), added=(turn,))
    if kind is TextKind.CANCELLED:
        return replace(letter, gone=(turn,))
    if kind is TextKind.RECAP:
        sold = RecapWords(sale_count=6, item_count=9, amount=format_rupiah(245_000), best_product=letter.goods, number=12)
        return replace(letter, turn=turn, recap=sold)
    return replace(letter, turn=turn)
