"""The vendor's page behind `/g/<token>`: one sentence, one time, two answers. No password, no cookie, one request.

It needs no script. One comes after it where the phone could show notifications, and only adds a part that says so.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, g, make_response, render_template, request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from bazaar.editions.owed import owed_rows
from bazaar.editions.reasons import own_why
from bazaar.exports.calendar import vendor_calendar
from bazaar.refusals import Refusal
from bazaar.reminders.channels.push import PushChannel
from bazaar.reminders.telegram_chats import Greeting, greeting_of
from bazaar.states import AnswerKind, ChannelName, LinkKind
from bazaar.vendors.answers import answer_turn
from bazaar.vendors.links import LinkRef, link_of, note_opened
from bazaar.vendors.push import browser_marks
from bazaar.vendors.turn_page import TurnPage, ended_link_page, turn_page
from bazaar.web.access import Access, allow
from bazaar.web.auth import LARGEST_KEY, now, outside, settings
from bazaar.web.errors import word_refusal
from bazaar.web.inline_sheet import vendor_sheet
from bazaar.web.language import LANGUAGES, current_language

P = ParamSpec("P")

blueprint = Blueprint("vendor", __name__, url_prefix="/g/<token>")

_PREVIEWS = re.compile(r"bot\b|WhatsApp/|facebookexternalhit|preview|crawler|spider|Slack|Discord", re.IGNORECASE)
"""Programs that fetch a page in order to show it beside a message. They are answered like anybody; only nobody is noted as a visitor."""
"""From here on a database would stumble over the number instead of finding nothing."""
_LINK_REFUSALS = frozenset({"link_unknown", "link_ended"})
_STATES_WITH_NEWS = frozenset({"turn", "none_yet", "lost"})
_SCRIPT_POLICY = "; script-src 'self'; connect-src 'self'; worker-src 'self'"
_ANSWER_REFUSALS = frozenset({"turn_changed", "turn_over"})


def with_way_out(view: Callable[P, WerkzeugResponse]) -> Callable[P, WerkzeugResponse]:
    """Decorator: a link that does not work leads to a page that says how to get a new one."""

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> WerkzeugResponse:
        try:
            return view(*args, **kwargs)
        except Refusal as refusal:
            if refusal.code not in _LINK_REFUSALS:
                raise
            page = ended_link_page(str(kwargs["token"]))
            return in_one_answer("vendor/ended.html", word_refusal(refusal, current_language())[0], page=page)

    return run


@blueprint.get("")
@allow(Access.VENDOR_LINK)
@with_way_out
def show(token: str) -> WerkzeugResponse:
    """The page. `?yakin=<slot id>` asks once more before that turn is given up; it changes nothing by itself."""
    link = vendor_link(token)
    page = turn_page(vendor_id_of(link), link.id, asked_slot_id=request.args.get("yakin", type=int), now=now())
    _note_visit(page, link)
    return _page(page, token)


@blueprint.post("")
@allow(Access.VENDOR_LINK)
@with_way_out
def answer(token: str) -> WerkzeugResponse:
    """Note an answer. "Berhalangan" without `sure` leads to the question first."""
    link = vendor_link(token)
    slot_id = request.form.get("slot_id", type=int)
    if slot_id is None or not 0 < slot_id <= LARGEST_KEY or request.form.get("answer") not in set(AnswerKind):
        abort(400)
    kind = AnswerKind(request.form["answer"])
    if kind is AnswerKind.UNABLE and not request.form.get("sure"):
        return _back_to(token, yakin=slot_id)
    try:
        answer_turn(link.edition_id, slot_id, vendor_id_of(link), kind, link_id=link.id, now=now())
    except Refusal as refusal:
        if refusal.code not in _ANSWER_REFUSALS:
            raise
        status, notice = word_refusal(refusal, current_language())
        return _page(turn_page(vendor_id_of(link), link.id, now=now()), token, status=status, notice=notice)
    return _back_to(token)


@blueprint.get("/kalender.ics")
@allow(Access.VENDOR_LINK)
@with_way_out
def calendar(token: str) -> WerkzeugResponse:
    """All turns of the vendor, to subscribe to."""
    return _calendar(vendor_link(token), None, "giliran")


@blueprint.get("/giliran-<int:slot_id>.ics")
@allow(Access.VENDOR_LINK)
@with_way_out
def calendar_of_turn(token: str, slot_id: int) -> WerkzeugResponse:
    """One turn, to save."""
    return _calendar(vendor_link(token), slot_id, f"giliran-{slot_id}")


def vendor_link(token: str) -> LinkRef:
    """The link behind a token. Refuses `link_unknown`, `link_ended`."""
    return link_of(token, LinkKind.VENDOR, now=now())


def vendor_id_of(link: LinkRef) -> int:
    """Whose link it is."""
    assert link.vendor_id is not None  # the schema says so of every vendor's link
    return link.vendor_id


def _note_visit(page: TurnPage, link: LinkRef) -> None:
    """Remember that somebody came, at most every five minutes; a hint for organizers, never worth an error to the reader."""
    if page.is_open_noted or request.method == "HEAD" or _PREVIEWS.search(request.user_agent.string):
        return
    try:
        note_opened(link.id, now=now())
    except OperationalError:  # the database is busy with something that matters
        return


def _page(page: TurnPage, token: str, *, status: int = 200, notice: str = "") -> WerkzeugResponse:
    lang, push_key = asked_language(), _push_key(page)
    return in_one_answer(
        "vendor/show.html",
        status,
        page=page,
        own_why=own_why(page.edition_id, page.vendor_id, page.turn.slot_id if page.turn else None) if page.why else None,
        carries_over=bool(page.amends) and any(row.remedy == "credit" for row in owed_rows(page.edition_id, page.vendor_id, now=now())),
        token=token,
        lang=lang,
        notice=notice,
        feed_url=_feed_url(token),
        here=url_for("vendor.show", token=token, lang=lang),
        push_key=push_key,
        browser_marks=browser_marks(page.vendor_id) if push_key else (),
        telegram=_telegram(page),
    )


def _push_key(page: TurnPage) -> str:
    """What the phone needs to be told notifications; empty where there are none: no channel, no turn to come, no wish for messages."""
    channel = push_channel()
    if channel is None or page.is_opted_out or page.state not in _STATES_WITH_NEWS:
        return ""
    return channel.public_key


def _telegram(page: TurnPage) -> Greeting | None:
    """The way to the bazaar's bot, where there is one and something to tell."""
    if page.is_opted_out or page.state not in _STATES_WITH_NEWS:
        return None
    return greeting_of(page.vendor_id, settings().secret_key)


def push_channel() -> PushChannel | None:
    """The channel that writes to browsers, where this deployment has one."""
    channel = outside().channels.get(ChannelName.PUSH)
    return channel if isinstance(channel, PushChannel) else None


def in_one_answer(template: str, status: int, **values: object) -> Response:
    """A page with its style inside, and the policy that admits exactly that style; our own script only where the page has one."""
    sheet = vendor_sheet()
    g.content_security_policy = sheet.content_security_policy + (_SCRIPT_POLICY if values.get("push_key") else "")
    response = make_response(render_template(template, sheet=sheet, **values), status)
    response.vary.add("Accept-Language")
    return response


def asked_language() -> str | None:
    """The language that the address names, to be carried on; what the browser prefers needs no carrying."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else None


def _back_to(token: str, *, yakin: int | None = None) -> WerkzeugResponse:
    """The page again, at the slip, in the same language."""
    return redirect(url_for("vendor.show", token=token, lang=asked_language(), yakin=yakin, _anchor="jawab"), 303)


def _feed_url(token: str) -> str:
    """An address that calendars subscribe to when it is opened."""
    parts = urlsplit(settings().public_url)
    return f"webcal://{parts.netloc}{url_for('vendor.calendar', token=token)}"


def _calendar(link: LinkRef, slot_id: int | None, name: str) -> Response:
    content = vendor_calendar(vendor_id_of(link), host=settings().public_host, slot_id=slot_id, now=now())
    response = make_response(content)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.ics"'
    return response
