"""How one speaks to a vendor."""

import pytest

from bazaar.vendors.address import form_of_address


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Bu Siti Aminah", "Ibu"),
        ("Hj. Rofiah", "Ibu"),
        ("PAK Slamet", "Bapak"),
        ("Mbak Laras", "Mbak"),
        ("Cak Nur", "Mas"),
        ("Siti Aminah", "Anda"),
        ("  ", "Anda"),
        ("Buana Sari", "Anda"),
    ],
)
def test_the_form_of_address_is_the_one_before_the_name(name: str, form: str) -> None:
    assert form_of_address(name) == form
