"""Where a push service listens, as a browser told us: somebody else's word, so it is looked at before anything is sent there.

Only HTTPS on its usual port and only addresses of the public internet: our own network must not be reached by way of a subscription.
Development may name this very machine instead, for a push service that is a double.
"""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

LONGEST_ENDPOINT = 1000
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HTTPS = 443


class BadEndpoint(ValueError):  # noqa: N818 (an answer, not a fault)
    """Nothing may be sent there."""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint in its parts. `target` is path and query, as they stand in the request's first line."""

    scheme: str
    host: str
    port: int
    netloc: str
    target: str
    is_loopback: bool


def read_endpoint(text: str, *, allows_loopback: bool = False) -> Endpoint:
    """The parts of an endpoint. Raises BadEndpoint for whatever no push service has: another scheme, a port, a name, a sign."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadEndpoint("tidak terbaca") from error
    if len(text) > LONGEST_ENDPOINT or not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise BadEndpoint("terlalu panjang atau berisi tanda yang aneh")
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise BadEndpoint("bukan alamat layanan kabar")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if allows_loopback and host in _LOOPBACK and parts.scheme in {"http", "https"}:
        return Endpoint(parts.scheme, host, port or (_HTTPS if parts.scheme == "https" else 80), parts.netloc, target, True)
    if parts.scheme != "https" or port not in {None, _HTTPS}:
        raise BadEndpoint("bukan HTTPS")
    if _is_number(host):
        if not _is_public(host):
            raise BadEndpoint("bukan alamat umum")
    elif "." not in host or host.endswith((".local", ".internal", ".localhost", ".")):
        raise BadEndpoint("bukan alamat umum")
    return Endpoint("https", host, _HTTPS, parts.netloc, target, False)


def address_of(endpoint: Endpoint) -> str:
    """The address to connect to. Looked up once and used as it is, so that nobody can change it in between. Raises BadEndpoint, OSError.

    Every address of the name must be public: one private one among them is enough to refuse.
    """
    found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise OSError("no address")
    if not endpoint.is_loopback and not all(_is_public(address) for address in addresses):
        raise BadEndpoint("bukan alamat umum")
    return addresses[0]


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    number = ip_address(address.partition("%")[0])
    number = getattr(number, "ipv4_mapped", None) or number
    return number.is_global and not number.is_multicast
