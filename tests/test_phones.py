"""Phone numbers as people write them. All numbers here are invented."""

from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.phones import PhoneError, contact_url, mask_phone, parse_callable_phone, parse_phone, show_phone, whatsapp_number, whatsapp_url

mobiles = st.from_regex(r"8[1-35-9][0-9]{7,10}", fullmatch=True, alphabet="0123456789")


@pytest.mark.parametrize(
    "text",
    [
        "0812 3456 789",
        "628123456789",
        "+62 812-3456-789",
        "8123456789",
        "6208123456789",
        "+6208123456789",
        "(0812) 3456.789",
        "0812\N{NO-BREAK SPACE}3456789",
    ],
)
def test_every_way_of_writing_it_is_one_number(text: str) -> None:
    assert parse_phone(text) == "+628123456789"


@pytest.mark.parametrize("text", ["+60 12-345 6789", "+65 8123 4567", "+852 5123 4567", "+966 50 123 4567"])
def test_a_number_abroad_is_kept(text: str) -> None:
    assert parse_phone(text) == "+" + "".join(sign for sign in text if sign.isdigit())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("08123456789012", "wrong_length"),
        ("0812345", "wrong_length"),
        ("0331-487550", "landline"),
        ("", "not_a_number"),
        ("tanya Bu Siti", "not_a_number"),
        ("+999 123", "not_a_number"),
    ],
)
def test_a_number_that_cannot_get_messages_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(PhoneError) as refused:
        parse_phone(text)

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("e164", "shown", "masked"),
    [
        ("+628123456789", "0812-3456-789", "0812-••••-789"),
        ("+6281200001024", "0812-0000-1024", "0812-••••-024"),
        ("+60123456789", "+60 12-345 6789", "+60-••••-789"),
    ],
)
def test_a_number_is_shown_in_groups_and_hidden_in_the_middle(e164: str, shown: str, masked: str) -> None:
    assert (show_phone(e164), mask_phone(e164)) == (shown, masked)


def test_a_landline_is_shown_as_it_is_dialled() -> None:
    assert show_phone("+62331487550") == "(0331) 487550"


@given(mobiles)
def test_what_is_shown_can_be_typed_again(national: str) -> None:
    e164 = parse_phone("0" + national)

    assert e164 == "+62" + national
    assert parse_phone(show_phone(e164)) == parse_phone(e164) == parse_phone("62" + national) == e164


@given(mobiles)
def test_a_masked_number_keeps_its_middle_to_itself(national: str) -> None:
    masked = mask_phone("+62" + national)

    assert [sign for sign in masked if sign.isdigit()] == [*f"0{national[:3]}", *national[-3:]]


@given(st.text(max_size=25))
def test_no_text_breaks_it(text: str) -> None:
    with suppress(PhoneError):
        assert parse_phone(text).startswith("+")


@given(st.text(max_size=200).filter(lambda text: text.isprintable()))
def test_a_chat_link_carries_its_text_unharmed(text: str) -> None:
    url = urlsplit(whatsapp_url("+6281200001024", text))

    assert (url.scheme, url.netloc, url.path, url.fragment) == ("https", "wa.me", "/6281200001024", "")
    assert parse_qs(url.query).get("text", [""]) == [text]


@pytest.mark.parametrize(
    ("phone", "number"),
    [("+6281200000100", "+6281200000100"), ("+62331000100", ""), ("+628001234567", ""), ("", ""), ("+60123456789", "+60123456789")],
)
def test_a_landline_has_no_whatsapp(phone: str, number: str) -> None:
    assert whatsapp_number(phone) == number


@pytest.mark.parametrize("text", ["(0331) 487000", "0331-487 000", "+62 331 487000", "62331487000"])
def test_a_number_to_call_may_be_a_landline(text: str) -> None:
    e164 = parse_callable_phone(text)

    assert (e164, parse_callable_phone(show_phone(e164))) == ("+62331487000", e164)


def test_a_number_to_call_is_still_a_number() -> None:
    with pytest.raises(PhoneError) as refused:
        parse_callable_phone("0331")

    assert refused.value.reason == "wrong_length"


def test_a_landline_is_called_and_a_mobile_is_written_to() -> None:
    assert contact_url("+62331487000", "Halo") == "tel:+62331487000"
    assert contact_url("+6281200001024", "Halo") == "https://wa.me/6281200001024?text=Halo"
    assert contact_url("") == ""
