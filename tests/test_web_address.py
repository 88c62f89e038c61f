"""Which addresses may stand in a link."""

import pytest

from bazaar.web_address import is_web_address


@pytest.mark.parametrize(
    ("address", "is_one"), [("https://zoom.us/j/1?pwd=x", True), ("ftp://x.id", False), ("https://a b", False), ("https://[", False)]
)
def test_a_web_address_is_one_that_a_browser_opens_as_a_page(address: str, is_one: bool) -> None:
    assert is_web_address(address) is is_one
