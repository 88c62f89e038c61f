"""How often something may be tried: failures count, successes do not, and nobody locks out a whole neighbourhood.

Kept in the memory of the web process: a restart forgets, and that is fine for limits that last minutes.
"""

from ipaddress import ip_address, ip_network

from flask import Flask, request
from flask.wrappers import Response
from flask_limiter import Limiter

from bazaar.accounts.sign_in import awaited_account_id
from bazaar.tokens import hash_token
from bazaar.web.auth import browser_token, now, visitor

GUESSES = "300 per 10 minutes"
"""Links that do not exist, by one address. High, because a phone network's address stands for hundreds of phones; a token has
256 bits, so the limit only keeps guessing from costing us anything."""
TRIES_FROM_HERE = "10 per 15 minutes"
"""Failures at one account from one address."""
TRIES_AT_ACCOUNT = "300 per hour"
"""Failures at one account from anywhere: far more than its owner and a neighbour make, far fewer than guessing needs."""
TRIES_BY_ADDRESS = "100 per 15 minutes"
"""Failures at any account from one address."""
CODES_AT_ACCOUNT = "30 per hour"
"""Wrong codes at one account; whoever gets to try has its password already."""
LETTERS_TO_ACCOUNT = "3 per hour"
"""Letters that strangers can make us send to one mailbox."""
LETTERS_BY_ADDRESS = "30 per hour"
"""The same, for all mailboxes, by one address."""


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


def awaited_account() -> str:
    """The account whose second factor this browser owes; the browser's own token where there is none."""
    token = browser_token()
    return f"account {awaited_account_id(token, now=now()) or hash_token(token)}"


def awaited_account_from_here() -> str:
    """The same, from this address."""
    return f"{awaited_account()} {client_address()}"


def signed_in_account() -> str:
    """The account of whoever types a password again."""
    return f"account {visitor().account_id}"


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
    app.after_request(_say_when_again)


def _say_when_again(response: Response) -> Response:
    """At the latest after a whole window. Not by the wall clock, which a window does not follow either."""
    if response.status_code == 429 and (reached := limiter.current_limit):
        response.headers.setdefault("Retry-After", str(reached.limit.get_expiry()))
    return response
