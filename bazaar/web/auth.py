"""Who is asking, and whether the route is for them. Sets `g.visitor`, `g.edition` and `g.live_session` for the view."""

from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from bazaar.accounts.device_names import device_name
from bazaar.accounts.visitor import NOBODY, Visitor, device_of, visitor_of
from bazaar.editions.scope import LiveSessionRef, bazaar_id_of, edition_ref, live_session_ref
from bazaar.outside import Outside
from bazaar.refusals import Refusal
from bazaar.settings import Settings
from bazaar.states import Role
from bazaar.tokens import hash_token
from bazaar.web.access import Access, access_of_request

LARGEST_KEY = 2**31 - 1
"""No row has a larger number."""


def settings() -> Settings:
    """The settings of this app."""
    return current_app.extensions["giliran.settings"]  # type: ignore[no-any-return] # stored by create_app


def this_app() -> Flask:
    """The app itself, for work that goes on after the request."""
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return] # noqa: SLF001 (Flask's documented way)


def outside() -> Outside:
    """The real world of this app, or what a test put in its place."""
    return current_app.extensions["giliran.outside"]  # type: ignore[no-any-return] # stored by create_app


def now() -> datetime:
    """The instant of this request: read once, the same for everything it does."""
    if "now" not in g:
        g.now = outside().clock()
    return g.now  # type: ignore[no-any-return] # set just above


def visitor() -> Visitor:
    """Whoever this request comes from."""
    return g.visitor  # type: ignore[no-any-return] # set by the guard


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to HTTPS, where there is HTTPS."""
    return "__Host-giliran" if settings().is_https else "giliran"


def browser_token() -> str:
    """The sign-in token that this browser holds, good or not; empty without one."""
    return request.cookies.get(cookie_name(), "")


def browser_name() -> str:
    """What the owner of this browser would call it."""
    return device_name(request.user_agent.string)


def set_sign_in_cookie(response: WerkzeugResponse, token: str, expires_at: datetime, *, keep: bool = True) -> None:
    """Hand the browser its sign-in; `keep` lets it outlive the browser's window. In seconds from now: many phones' clocks are wrong."""
    max_age = int((expires_at - now()).total_seconds()) if keep else None
    response.set_cookie(cookie_name(), token, max_age=max_age, secure=settings().is_https, httponly=True, samesite="Lax", path="/")


def clear_sign_in_cookie(response: WerkzeugResponse) -> None:
    """Take it back; the row on the server is revoked by the caller."""
    response.delete_cookie(cookie_name(), secure=settings().is_https, httponly=True, samesite="Lax", path="/")


def safe_next(target: str | None) -> str:
    """The path to go on to after signing in, if it is one of ours; otherwise empty. Never another site."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target or not target.isprintable():
        return ""
    parts = urlsplit(target)
    return "" if parts.scheme or parts.netloc else target


def home_of(person: Visitor) -> str:
    """Where somebody who signed in begins: desk, console or account; the front page for nobody."""
    if person.live_session_id is not None:
        return url_for("host.console", live_session_id=person.live_session_id)
    roles = {role for _, role in person.roles}
    if Role.ORGANIZER in roles:
        return url_for("editions.home")
    if Role.HOST in roles:
        return url_for("host.index")
    return url_for("account.show" if person.is_known else "public.landing")


def init_auth(app: Flask) -> None:
    """Guard every request."""
    app.before_request(_guard)
    app.context_processor(lambda: {"visitor": g.get("visitor", NOBODY), "edition": g.get("edition")})


def _guard() -> Response | WerkzeugResponse | None:
    g.visitor = NOBODY
    _refuse_impossible_names()
    access = access_of_request()
    token = browser_token()
    if token and access not in {Access.VENDOR_LINK, Access.PROVIDER}:
        g.visitor = visitor_of(hash_token(token), now=now())
    if access in {Access.PUBLIC, Access.VENDOR_LINK, Access.PROVIDER}:
        return None
    if access is Access.DEVICE and _is_known_device():
        return None
    if not g.visitor.is_known:
        return _ask_to_sign_in()
    if access is Access.ORGANIZER:
        _require_organizer()
    elif access in {Access.HOST, Access.DEVICE}:
        _require_host()
    elif access is Access.SIGNED_IN and g.visitor.account_id is None:
        return _ask_to_sign_in()
    return None


def _refuse_impossible_names() -> None:
    """No row has such a name or number, and a database would stumble over it instead of finding nothing."""
    for value in _arguments().values():
        if (isinstance(value, int) and value > LARGEST_KEY) or (isinstance(value, str) and "\0" in value):
            raise Refusal("not_found")
    if "%00" in request.query_string.decode("latin-1"):
        abort(400)


def _arguments() -> dict[str, object]:
    return request.view_args or {}


def _require_organizer() -> None:
    """404 for whoever does not organize the bazaar that the URL names."""
    arguments = _arguments()
    if "edition" in arguments:
        g.edition = edition_ref(str(arguments["edition"]))
        bazaar_id = g.edition.bazaar_id
    else:
        bazaar_id = bazaar_id_of(str(arguments["bazaar"]))
    if not g.visitor.has_role(bazaar_id, Role.ORGANIZER):
        raise Refusal("not_found")


def _require_host() -> None:
    g.live_session = _named_live_session()
    g.edition = g.live_session.edition
    if not g.visitor.may_host(g.live_session.id, g.live_session.edition.bazaar_id):
        raise Refusal("not_found")


def _named_live_session() -> LiveSessionRef:
    return live_session_ref(int(str(_arguments()["live_session_id"])))


def _is_known_device() -> bool:
    """Whether a bearer key belongs to the live session in the URL. A wrong key is refused, not treated as no key."""
    header = request.headers.get("Authorization")
    if header is None:
        return False
    scheme, _, key = header.partition(" ")
    g.device = device_of(hash_token(key.strip()), now=now()) if scheme.lower() == "bearer" and key.strip() else None
    if g.device is None:
        abort(401)
    g.live_session = _named_live_session()
    g.edition = g.live_session.edition
    if g.device.live_session_id != g.live_session.id:
        raise Refusal("not_found")
    return True


def _ask_to_sign_in() -> WerkzeugResponse:
    if request.path.startswith("/api/"):
        abort(401)
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("auth_pages.sign_in", next=here or None), 303)
