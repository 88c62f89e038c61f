"""Where a push service listens, as a browser told us: somebody else's word, so it is looked at before anything is sent there.

Only HTTPS on its usual port and only names of the public internet; where a name leads is checked again when it is called (`http.py`).
Development may name this very machine instead, for a push service that is a double.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from bazaar.reminders.channels.http import is_public
from bazaar.web_address import OWN_MACHINE

LONGEST_ENDPOINT = 1000
_HTTPS = 443


class BadEndpoint(ValueError):  # noqa: N818 (an answer, not a fault)
    """Nothing may be sent there."""


def refuse_bad_endpoint(text: str, *, allows_loopback: bool = False) -> None:
    """Raises BadEndpoint for whatever no push service has: another scheme, a port, a name, a sign."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadEndpoint("tidak terbaca") from error
    if len(text) > LONGEST_ENDPOINT or not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise BadEndpoint("terlalu panjang atau berisi tanda yang aneh")
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise BadEndpoint("bukan alamat layanan kabar")
    if allows_loopback and host in OWN_MACHINE and parts.scheme in {"http", "https"}:
        return
    if parts.scheme != "https" or port not in {None, _HTTPS}:
        raise BadEndpoint("bukan HTTPS")
    if _is_number(host):
        if not is_public(host):
            raise BadEndpoint("bukan alamat umum")
    elif "." not in host or host.endswith((".local", ".internal", ".localhost", ".")):
        raise BadEndpoint("bukan alamat umum")


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
