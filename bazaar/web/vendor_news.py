"""Messages as a vendor decides about them, behind `/g/<token>/kabar`: browsers that show notifications, and the word that ends all."""

import hashlib
from functools import lru_cache
from typing import TypeVar

import msgspec
from flask import Blueprint, Response, abort, make_response, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from bazaar.refusals import Refusal
from bazaar.reminders.channels.base import Browser, DeliveryError, Message
from bazaar.reminders.channels.push import PushChannel
from bazaar.reminders.channels.push_endpoint import LONGEST_ENDPOINT
from bazaar.vendors.message_language import choose_language
from bazaar.vendors.opt_out import resume_messages, stop_messages
from bazaar.vendors.push import add_browser, browser_of, end_browser, record_outcome
from bazaar.vendors.turn_page import TurnPage, turn_page
from bazaar.web.access import Access, allow
from bazaar.web.auth import browser_name, now
from bazaar.web.filters import STATIC_DIR
from bazaar.web.language import translate as _
from bazaar.web.limits import limiter
from bazaar.web.vendor import asked_language, in_one_answer, push_channel, vendor_id_of, vendor_link, with_way_out

T = TypeVar("T")

blueprint = Blueprint("vendor_news", __name__, url_prefix="/g/<token>/kabar")
worker_blueprint = Blueprint("vendor_worker", __name__, url_prefix="")

LARGEST_BODY = 4096
ONE_CLICK = "One-Click"
"""What a mail program posts for its reader (RFC 8058)."""
_CHANGES = "30 per hour"
_TRIES = "6 per 10 minutes"


class NewBrowser(msgspec.Struct, forbid_unknown_fields=True):
    """A browser that said yes, with the endpoint that it had before."""

    endpoint: str
    p256dh: str
    auth: str
    replaces: str = ""


class KnownBrowser(msgspec.Struct, forbid_unknown_fields=True):
    """A browser that is on already."""

    endpoint: str


def _link_in_path() -> str:
    return str((request.view_args or {})["token"])


@blueprint.post("")
@allow(Access.VENDOR_LINK)
@limiter.limit(_CHANGES, key_func=_link_in_path)
@with_way_out
def turn_on(token: str) -> WerkzeugResponse:
    """Write to this browser from now on. Refuses `browser_unusable`, `browsers_full`."""
    vendor_id = vendor_id_of(vendor_link(token))
    channel, asked = _channel(), _read(NewBrowser)
    browser = Browser(asked.endpoint, asked.p256dh, asked.auth)
    if len(asked.replaces) > LONGEST_ENDPOINT or not channel.accepts(browser):
        raise Refusal("browser_unusable")
    add_browser(vendor_id, browser, device_name=browser_name(), replaces=asked.replaces, now=now())
    return Response(status=204)


@blueprint.post("/mati")
@allow(Access.VENDOR_LINK)
@with_way_out
def turn_off(token: str) -> WerkzeugResponse:
    """Write to this browser no more."""
    vendor_id = vendor_id_of(vendor_link(token))
    end_browser(vendor_id, _read(KnownBrowser).endpoint, now=now())
    return Response(status=204)


@blueprint.post("/coba")
@allow(Access.VENDOR_LINK)
@limiter.limit(_TRIES, key_func=_link_in_path)
@with_way_out
def try_out(token: str) -> WerkzeugResponse:
    """Send this browser a notification now, so that the vendor sees that it works. 404: it must be switched on anew."""
    link = vendor_link(token)
    vendor_id, channel = vendor_id_of(link), _channel()
    browser = browser_of(vendor_id, _read(KnownBrowser).endpoint)
    page = turn_page(vendor_id, link.id, now=now())
    try:
        receipt = channel.send(_trial(page, browser, url_for("vendor.show", token=token)))
    except DeliveryError as error:
        record_outcome(vendor_id, gone=error.gone, now=now())
        abort(404 if error.is_address_gone else 503)
    record_outcome(vendor_id, reached=receipt.reached, gone=receipt.gone, now=now())
    return Response(status=204)


@blueprint.get("/berhenti")
@allow(Access.VENDOR_LINK)
@with_way_out
def ask_to_stop(token: str) -> WerkzeugResponse:
    """Ask before messages end, or say that they have; programs that open every link in a mail change nothing."""
    return _stop_page(token)


@blueprint.post("/berhenti")
@allow(Access.VENDOR_LINK)
@with_way_out
def stop(token: str) -> WerkzeugResponse:
    """End all messages to this vendor. A mail program that asks for its reader gets its answer at once and no other address."""
    stop_messages(vendor_id_of(vendor_link(token)), now=now())
    if request.form.get("List-Unsubscribe") == ONE_CLICK:
        return _stop_page(token)
    return redirect(url_for("vendor_news.ask_to_stop", token=token, lang=asked_language()), 303)


@blueprint.post("/lagi")
@allow(Access.VENDOR_LINK)
@with_way_out
def resume(token: str) -> WerkzeugResponse:
    """Write to this vendor again."""
    resume_messages(vendor_id_of(vendor_link(token)), now=now())
    return redirect(url_for("vendor.show", token=token, lang=asked_language()), 303)


@blueprint.post("/bahasa")
@allow(Access.VENDOR_LINK)
@with_way_out
def speak(token: str) -> WerkzeugResponse:
    """Write to this vendor in the language chosen on the page. Refuses `not_found`."""
    choose_language(vendor_id_of(vendor_link(token)), request.form.get("language", ""), now=now())
    return redirect(url_for("vendor.show", token=token, lang=asked_language(), _anchor="bahasa"), 303)


@worker_blueprint.get("/sw-kabar.js")
@allow(Access.PUBLIC)
def worker() -> Response:
    """The worker that shows notifications. At an address that stays: a browser compares it from time to time."""
    content, etag = _worker()
    response = make_response(content)
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(etag)
    response.make_conditional(request)
    return response


@lru_cache(maxsize=1)
def _worker() -> tuple[str, str]:
    content = (STATIC_DIR / "js" / "vendor" / "worker.js").read_text(encoding="utf-8")
    return content, hashlib.sha256(content.encode()).hexdigest()[:24]


def _channel() -> PushChannel:
    channel = push_channel()
    if channel is None:
        raise Refusal("not_found")
    return channel


def _read(kind: type[T]) -> T:
    """What the page's script sent, exactly that and nothing more."""
    if (request.content_length or 0) > LARGEST_BODY:
        abort(413)
    body = request.get_data(cache=False)
    if len(body) > LARGEST_BODY:
        abort(413)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        abort(400)


def _trial(page: TurnPage, browser: Browser, path: str) -> Message:
    return Message(
        key="coba",
        to_name=page.name,
        to_address="",
        subject=_("%(name)s, kabar sudah menyala") % {"name": page.name},
        text=_("Begini kabar giliran muncul di HP ini."),
        topic="coba",
        link=path,
        is_urgent=True,
        browsers=(browser,),
    )


def _stop_page(token: str) -> Response:
    link = vendor_link(token)
    page = turn_page(vendor_id_of(link), link.id, now=now())
    here = url_for("vendor.show", token=token, lang=asked_language())
    return in_one_answer("vendor/stop.html", 200, page=page, token=token, lang=asked_language(), here=here)
