"""Headers, cookies and the cross-site check of every request."""

import gzip
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from bazaar.settings import Settings
from bazaar.web.access import Access, access_of_request

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SMALLEST_GZIP = 860
csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def init_security(app: Flask, settings: Settings) -> None:
    """Cookies, trusted proxy, headers and the cross-site check."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-form" if settings.is_https else "form",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, where it is known who asks
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser session: an evening's form must not expire half-way
        WTF_CSRF_SSL_STRICT=False,  # the Origin is checked below, for every scheme
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=1000,
    )
    if settings.is_production:
        app.config["TRUSTED_HOSTS"] = [settings.public_host]
    if settings.proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=settings.proxy_hops, x_host=0)  # type: ignore[method-assign] # Flask's documented place for middleware
    csrf.init_app(app)
    app.before_request(refuse_cross_site)
    app.after_request(set_headers)
    app.after_request(compress)


def refuse_cross_site() -> None:
    """Refuse an unsafe request that another site caused: by Fetch Metadata, by Origin, and by a token where a cookie speaks."""
    if request.method in _SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(400)
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(400)
    if current_app.config["WTF_CSRF_ENABLED"] and _speaks_by_cookie():
        csrf.protect()


def _speaks_by_cookie() -> bool:
    """Not where a token in the path or a device key speaks: another site knows neither, and a browser does not add them by itself."""
    access = access_of_request()
    return access is not Access.VENDOR_LINK and not (access is Access.DEVICE and "Authorization" in request.headers)


def set_headers(response: Response) -> Response:
    """The same headers on every answer, errors and static files' fallbacks included."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", g.get("content_security_policy", CONTENT_SECURITY_POLICY))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer" if access_of_request() is Access.VENDOR_LINK else "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if access_of_request() is not Access.PUBLIC:
        headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def compress(response: Response) -> Response:
    """Gzip pages that carry no form token (a token beside reflected text could be guessed from lengths)."""
    if (
        access_of_request() not in {Access.PUBLIC, Access.VENDOR_LINK}
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
