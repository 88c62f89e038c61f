"""How often something may be tried: failures count, successes do not, and nobody locks out a whole neighbourhood.

Kept in the memory of the web process: a restart forgets, and that is fine for limits that last minutes.
"""

from ipaddress import ip_address, ip_network

from flask import Flask, request
from flask.wrappers import Response
from flask_limiter import Limiter

from bazaar.tokens import hash_token

GUESSES = "300 per 10 minutes"
"""Links that do not exist, by one address. High, because a phone network's address stands for hundreds of phones; a token has
256 bits, so the limit only keeps guessing from costing us anything."""


def client_address() -> str:
    """Who asks, as far as the network tells; an IPv6 subscriber is a /64. Proxies count only as PROXY_HOPS says."""
    address = request.remote_addr or "unknown"
    try:
        if ip_address(address).version == 6:
            return str(ip_network(f"{address}/64", strict=False))
    except ValueError:
        pass
    return address


def named_email() -> str:
    """The account that is tried, wherever from."""
    return hash_token(request.form.get("email", "").strip().lower())


def named_email_from_here() -> str:
    """The account that is tried, from this address: a stranger elsewhere cannot lock its owner out."""
    return f"{named_email()} {client_address()}"


def has_failed(response: Response) -> bool:
    """Whether an attempt was refused."""
    return response.status_code in {401, 404, 410, 422}


def _is_about_no_token() -> bool:
    return "token" not in (request.view_args or {})


def _names_nothing(response: Response) -> bool:
    return response.status_code in {404, 410}


limiter = Limiter(
    key_func=client_address,
    default_limits=[GUESSES],
    default_limits_exempt_when=_is_about_no_token,
    default_limits_deduct_when=_names_nothing,
    storage_uri="memory://",
    strategy="fixed-window",
)


def init_limits(app: Flask) -> None:
    """Count for this app, from zero."""
    limiter.init_app(app)
