"""Where a vendor sells elsewhere: what was written down, as a link only where it can be nothing else."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_SHOPS = {
    "Instagram": ("https://www.instagram.com/", ("instagram.com", "www.instagram.com")),
    "Shopee": ("https://shopee.co.id/", ("shopee.co.id", "www.shopee.co.id")),
    "Tokopedia": ("https://www.tokopedia.com/", ("tokopedia.com", "www.tokopedia.com")),
}
_HANDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_EMAIL = re.compile(r"\S@\S")
_MOST_DIGITS = 6
"""A name with more digits than this may be a phone number, which is nobody's to show."""


@dataclass(frozen=True)
class ShopLink:
    """One shop of a vendor. `url` is empty where only the text can be shown."""

    shop: str
    text: str
    url: str


def shop_links(*, instagram: str, shopee: str, tokopedia: str) -> tuple[ShopLink, ...]:
    """The shops that a vendor named, fit to be shown to everybody."""
    written = {"Instagram": instagram, "Shopee": shopee, "Tokopedia": tokopedia}
    links = (_shop_link(shop, text.strip()) for shop, text in written.items())
    return tuple(link for link in links if link is not None)


def _shop_link(shop: str, text: str) -> ShopLink | None:
    if not text or _may_be_private(text):
        return None
    base, hosts = _SHOPS[shop]
    handle = _handle_in(text, hosts)
    if not handle:
        return None if "/" in text else ShopLink(shop, text, "")
    return ShopLink(shop, f"@{handle}" if shop == "Instagram" else handle, base + handle)


def _handle_in(text: str, hosts: tuple[str, ...]) -> str:
    """The account name in `@name`, `name`, or an address of that shop; empty for anything else."""
    handle = text.removeprefix("@")
    if "/" in text:
        try:
            parts = urlsplit(text if "://" in text else f"https://{text}")
        except ValueError:
            return ""
        if parts.scheme not in {"http", "https"} or parts.netloc.lower() not in hosts:
            return ""
        handle = parts.path.strip("/").removeprefix("@")
    return handle if _HANDLE.fullmatch(handle) else ""


def _may_be_private(text: str) -> bool:
    return sum(character.isdigit() for character in text) > _MOST_DIGITS or _EMAIL.search(text) is not None
