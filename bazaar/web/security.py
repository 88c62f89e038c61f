"""Headers, cookies and the cross-site check of every request."""

import gzip
from wsgiref.headers import Headers

from flask import Flask, Response, abort, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from bazaar.accounts.visitor import NOBODY
from bazaar.settings import Settings, SettingsError
from bazaar.web.access import Access, access_of_request
from bazaar.web.auth import settings
from bazaar.web.limits import init_limits
from bazaar.web.scrubber import scrub_logs

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SMALLEST_GZIP = 860
csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def init_security(app: Flask, given: Settings) -> None:
    """Cookies, trusted proxy, headers, the cross-site check, limits, clean logs. Raises SettingsError for a debugger in production."""
    if given.is_production and app.debug:
        raise SettingsError("FLASK_DEBUG is set; in production it would show the inside of the server to strangers. Unset it.")
    scrub_logs()
    app.config.update(
        SECRET_KEY=given.secret_key,
        SESSION_COOKIE_NAME="__Host-form" if given.is_https else "form",
        SESSION_COOKIE_SECURE=given.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, where it is known who asks
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser session: an evening's form must not expire half-way
        WTF_CSRF_SSL_STRICT=False,  # the Origin is checked below, for every scheme
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=1000,
    )
    if given.is_production:
        app.config["TRUSTED_HOSTS"] = [given.public_host]
    if given.proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=given.proxy_hops, x_proto=given.proxy_hops, x_host=0)  # type: ignore[method-assign] # Flask's documented place for middleware
    csrf.init_app(app)
    app.before_request(refuse_cross_site)
    init_limits(app)
    app.after_request(set_headers)
    app.after_request(compress)


def refuse_cross_site() -> None:
    """Refuse an unsafe request that another site caused: by Fetch Metadata, by Origin, and by a token where a cookie speaks."""
    if request.method in _SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(400)
    # `null` is what a browser says on a page that sends no referrer, ours included: it proves nothing either way.
    origin = request.headers.get("Origin", "null")
    if origin not in {"null", f"{request.scheme}://{request.host}", settings().public_url}:
        abort(400)
    if current_app.config["WTF_CSRF_ENABLED"] and _speaks_by_cookie():
        csrf.protect()
    if any("\0" in value for values in request.form.listvalues() for value in values):
        abort(400)


def _speaks_by_cookie() -> bool:
    """Not where a token, a signature or a device key speaks: another site knows none, and a browser does not add them by itself."""
    access = access_of_request()
    return access not in {Access.VENDOR_LINK, Access.PROVIDER} and not (access is Access.DEVICE and "Authorization" in request.headers)


def set_headers(response: Response) -> Response:
    """The same headers on every answer, errors included. Static files get theirs from `set_static_headers`."""
    headers = response.headers
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", g.get("content_security_policy", CONTENT_SECURITY_POLICY))
    headers.setdefault("Referrer-Policy", "no-referrer" if _path_is_secret() else "same-origin")
    if _is_personal():
        headers.setdefault("Cache-Control", "no-store")
    if settings().is_https:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def set_static_headers(headers: Headers, _path: str, _url: str) -> None:
    """For files that WhiteNoise serves without waking Flask. A picture opened by itself runs nothing either."""
    for name, value in _HEADERS.items():
        headers[name] = value
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    headers["Referrer-Policy"] = "same-origin"


def _path_is_secret() -> bool:
    return "token" in (request.view_args or {})


def _is_personal() -> bool:
    """Whether the answer is for this reader alone: behind a sign-in or a link, or with a form's token inside."""
    return access_of_request() is not Access.PUBLIC or _path_is_secret() or "csrf_token" in g or g.get("visitor", NOBODY).is_known


def compress(response: Response) -> Response:
    """Gzip pages that carry no form token (a token beside reflected text could be guessed from lengths)."""
    if (
        access_of_request() not in {Access.PUBLIC, Access.VENDOR_LINK}
        or "csrf_token" in g
        or response.status_code != 200
        or response.direct_passthrough
        or response.is_streamed
        or "Content-Encoding" in response.headers
        or not request.accept_encodings.quality("gzip")
        or not _is_text(response.mimetype or "")
    ):
        return response
    body = response.get_data()
    if len(body) >= _SMALLEST_GZIP:
        response.set_data(gzip.compress(body, 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
    return response


def _is_text(mimetype: str) -> bool:
    return mimetype.startswith("text/") or mimetype == "application/json"
