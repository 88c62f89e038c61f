"""Shops elsewhere: a link only where it can be nothing else, nothing at all where it may be private."""

import pytest

from bazaar.live.shop_links import ShopLink, shop_links


def links(text: str) -> tuple[ShopLink, ...]:
    return shop_links(instagram=text, shopee="", tokopedia="")


@pytest.mark.parametrize(
    "text", ["@kopi.ledok", "kopi.ledok", " https://www.instagram.com/kopi.ledok/ ", "instagram.com/kopi.ledok?igsh=abc"]
)
def test_an_account_becomes_a_link_of_its_shop(text: str) -> None:
    assert links(text) == (ShopLink("Instagram", "@kopi.ledok", "https://www.instagram.com/kopi.ledok"),)


def test_each_shop_has_its_own_address() -> None:
    found = shop_links(instagram="", shopee="kopiledok", tokopedia="tokopedia.com/kopiledok")

    assert [link.url for link in found] == ["https://shopee.co.id/kopiledok", "https://www.tokopedia.com/kopiledok"]


@pytest.mark.parametrize("text", ["Kopi Ledok Official", "<b>kopi"])
def test_what_is_no_account_stays_text(text: str) -> None:
    assert links(text) == (ShopLink("Instagram", text, ""),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "081200001024",
        "WA 0812-0000-1024",
        "ibu@example.com",
        "javascript:alert(1)//x",
        "https://evil.example/kopi",
        "https://instagram.com.evil.example/kopi",
        "https://ibu:rahasia@www.instagram.com/kopi",
        "https://www.instagram.com/kopi/../../x",
        "https://[kopi",
    ],
)
def test_what_may_be_private_or_leads_elsewhere_is_left_out(text: str) -> None:
    assert links(text) == ()
