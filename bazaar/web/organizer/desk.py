"""What every page of the organizer's desk has in common: Indonesian, who acts, saying what was done, two people at one form."""

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any, cast

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from bazaar.editions.unable import RepairOffer, repair_offer
from bazaar.refusals import Refusal
from bazaar.reminders.call_list import Outcome, note_call
from bazaar.reminders.hand import open_hand_count
from bazaar.reminders.pulse import Alarm, SchedulerTrouble, alarms, scheduler_trouble
from bazaar.states import AnswerKind
from bazaar.vendors.answers import HOST_ACTOR, answer_turn
from bazaar.web.auth import now, visitor
from bazaar.web.errors import word_refusal


class Desk:
    """What the layout asks for while it prints."""

    @cached_property
    def trouble(self) -> SchedulerTrouble | None:
        """Whether reminders and closings stand still: every desk page says so."""
        return scheduler_trouble(now())

    @cached_property
    def alarms(self) -> list[Alarm]:
        """What else holds messages up, or will hurt later."""
        return alarms(now())

    @cached_property
    def open_hand_count(self) -> int:
        """How many messages wait for a person to send them now; asked only where an edition is open."""
        return open_hand_count(g.edition.id, now=now())

    @cached_property
    def repair_offer(self) -> RepairOffer | None:
        """What to offer while a vendor of a turn ahead cannot come; asked only by the pages that show it."""
        return repair_offer(g.edition.id, now=now())


def speak_indonesian() -> None:
    """Before each request of a desk blueprint: the desk exists in Indonesian only."""
    g.language = "id"


def account_id() -> int | None:
    """The account of whoever acts, for the audit."""
    return visitor().account_id


def done(text: str, endpoint: str, **values: Any) -> Response:
    """Say what was done on the next page, and go there."""
    flash(text)
    return redirect(url_for(endpoint, **values), 303)


CALL_WORDS = {"ready": "siap", "unable": "berhalangan", "unanswered": "tidak diangkat"}


def attachment(content: bytes | str, media_type: str, name: str) -> Response:
    """A file to keep, under this name."""
    return Response(content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def note_phone_answer(vendor_id: int, slot_id: int) -> str:
    """Note an answer that the vendor gave on the phone, from the form that was sent; what to say of it."""
    if request.form.get("kind") not in set(AnswerKind):
        abort(400)
    kind = AnswerKind(request.form["kind"])
    answer_turn(g.edition.id, slot_id, vendor_id, kind, by=account_id(), now=now())
    return f"Dicatat: {CALL_WORDS[kind.value]}."


def note_call_outcome(vendor_id: int, slot_id: int, *, live_session_id: int | None = None) -> str:
    """Note how a call went, by whoever is signed in or holds the host's link; what to say of it."""
    outcome = request.form.get("kind")
    if outcome not in CALL_WORDS:
        abort(400)
    who = visitor()
    note_call(
        g.edition.id,
        slot_id,
        vendor_id,
        cast("Outcome", outcome),
        by=who.account_id,
        link_id=who.link_id if who.account_id is None else None,
        actor="" if who.account_id is not None else who.name or HOST_ACTOR,
        live_session_id=live_session_id,
        now=now(),
    )
    return f"Dicatat: {CALL_WORDS[outcome]}."


def blame(form: Any, refusal: Refusal, fields: dict[str, str], saved: Callable[[], Any] | None = None) -> list[tuple[str, str]] | None:
    """Put a refusal under its field; when somebody else was first, say what differs and let the next save count.

    `fields` names the field of each code, `saved` makes the form of what is stored now. Other refusals go on their way.
    """
    if refusal.code in fields:
        form.refuse(fields[refusal.code], word_refusal(refusal, "id")[1])
        return None
    if refusal.code != "changed_meanwhile" or saved is None:
        raise refusal
    current = saved()
    differing = overtaken(form, current)
    for name in ("revision", "version"):
        if name in form:
            form[name].data = current[name].data
    return differing


def revision_of(form: Any) -> int:
    """The revision a form was read at, from its hidden field; one that was tampered with is none that is stored."""
    text = form.revision.data
    return int(text) if text and text.isdecimal() and len(text) < 10 else -1


def asked_day(name: str) -> date | None:
    """A day in the address; one that is no date asks for none."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def overtaken(form: Any, current: Any) -> list[tuple[str, str]]:
    """Where another person's saved form differs from this one: (label, what is saved now), so that nothing is lost unseen."""
    differing = []
    for field in form:
        if field.type in {"Seen", "Secret", "CSRFTokenField"} or current[field.name].data == field.data:
            continue
        differing.append((field.label.text, _as_text(current[field.name])))
    return differing


def _as_text(field: Any) -> str:
    if field.type == "BooleanField":
        return "ya" if field.data else "tidak"
    if hasattr(field, "iter_choices"):
        return ", ".join(str(choice.label) for choice in field.iter_choices() if choice.selected) or "kosong"
    return str(field._value()) or "kosong"  # noqa: SLF001 (WTForms' own way to ask a field for its text)
