"""Addresses: of web pages that people paste in, only those that a browser opens as a page; and which hosts are this very machine."""

from urllib.parse import urlsplit

OWN_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
"""The hosts behind which nothing leaves this machine."""


def is_web_address(text: str) -> bool:
    """Whether a browser would open it as a page: anything else in a link could run as a script."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable() and " " not in text
