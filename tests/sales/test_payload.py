"""What may be sent as one entry: wrong shapes are refused with a reason, odd words never cost a sale, repeats hash alike."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bazaar.sales.flags import Flag
from bazaar.sales.payload import LARGEST_PRICE, Operation, Rejection, SaleFields, VoidFields, read_entry
from bazaar.states import EntryKind, PaymentMethod
from bazaar.web.words.sales import REJECTIONS
from tests.sales.evening import sale, void

ANOTHER = "22222222-2222-4222-8222-222222222222"


def read(entry: dict[str, Any]) -> Operation:
    operation = read_entry(entry)
    assert isinstance(operation, Operation)
    return operation


def test_a_sale_is_read_as_it_was_sent() -> None:
    operation = read(sale(product_code=" k03 ", payment_method="Transfer", buyer_alias="  Mbak   Laras "))

    assert (operation.kind, operation.what) == (
        EntryKind.SALE,
        SaleFields(1, "K03", 2, 18_000, "Mbak Laras", PaymentMethod.TRANSFER),
    )
    assert (operation.recorded_at, operation.device_name, operation.flags) == (datetime(2026, 5, 5, 13, 5, tzinfo=UTC), "hp-1", ())


def test_a_void_is_read_with_its_reason() -> None:
    assert read(void(ANOTHER.upper(), reason="Pembeli batal")).what == VoidFields(ANOTHER, None, "Pembeli batal")


def test_a_device_that_the_entry_does_not_name_is_the_batchs() -> None:
    entry = sale()
    del entry["device"]

    operation = read_entry(entry, device_name="HP Rina")

    assert isinstance(operation, Operation)
    assert operation.device_name == "HP Rina"


@pytest.mark.parametrize(
    "uuid",
    [
        "c232ab00-9414-11ec-b3c8-9f6bdeced846",  # version 1
        "5df41881-3aed-3515-88a7-2f4a814cf09e",  # version 3
        "919108f7-52d1-4320-9bac-f847db4148a8",  # version 4
        "1ec9414c-232a-6b00-b3c8-9f6bdeced846",  # version 6
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",  # version 7
        "00000000-0000-0000-0000-000000000000",  # nil
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",  # max, in capitals
    ],
)
def test_any_uuid_of_the_standard_is_good(uuid: str) -> None:
    assert read(sale(uuid=uuid)).uuid == uuid.lower()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"uuid": None}, "field_unreadable"),
        ({"uuid": 5}, "field_unreadable"),
        ({"uuid": ""}, "uuid_unreadable"),
        ({"uuid": "{919108f7-52d1-4320-9bac-f847db4148a8}"}, "uuid_unreadable"),
        ({"uuid": "919108f7-52d1-4320-9bac-f847db4148a8\n"}, "uuid_unreadable"),
        ({"kind": None}, "field_unreadable"),
        ({"kind": "refund"}, "field_unreadable"),
        ({"slot_position": None}, "field_missing"),
        ({"slot_position": "1"}, "field_unreadable"),
        ({"product_code": None}, "field_missing"),
        ({"product_code": "   "}, "field_missing"),
        ({"product_code": 3}, "field_unreadable"),
        ({"product_code": "K" * 13}, "product_code_unreadable"),
        ({"product_code": "ß" * 12}, "product_code_unreadable"),  # longer once in capitals
        ({"product_code": "K\x0003"}, "product_code_unreadable"),
        ({"qty": None}, "field_missing"),
        ({"qty": "2"}, "field_unreadable"),
        ({"qty": 2.0}, "field_unreadable"),
        ({"qty": True}, "field_unreadable"),
        ({"qty": [2]}, "field_unreadable"),
        ({"qty": 0}, "qty_out_of_range"),
        ({"qty": -1}, "qty_out_of_range"),
        ({"qty": 1_000}, "qty_out_of_range"),
        ({"qty": 10**40}, "qty_out_of_range"),
        ({"unit_price_idr": 0}, "price_out_of_range"),
        ({"unit_price_idr": -5}, "price_out_of_range"),
        ({"unit_price_idr": LARGEST_PRICE + 1}, "price_out_of_range"),
        ({"unit_price_idr": 18_000.5}, "field_unreadable"),
        ({"buyer_alias": 7}, "field_unreadable"),
        ({"payment_method": 7}, "field_unreadable"),
        ({"seq": -1}, "seq_out_of_range"),
        ({"seq": 2**53 + 1}, "seq_out_of_range"),
        ({"note": [[[[[[["deep"]]]]]]]}, "entry_too_deep"),
        ({"note": "x" * 9_000}, "entry_too_large"),
    ],
)
def test_a_sale_that_makes_no_sense_is_refused_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    rejection = read_entry(sale(**changes))

    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason
    assert REJECTIONS[rejection.reason].id.format(**rejection.values)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"void_of": None}, "field_missing"), ({"void_of": "K03"}, "void_of_unreadable"), ({"void_of": 3}, "field_unreadable")],
)
def test_a_void_that_makes_no_sense_is_refused_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    rejection = read_entry(void(ANOTHER, **changes))

    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason


def test_a_void_cannot_void_itself() -> None:
    assert read_entry(void(ANOTHER, uuid=ANOTHER)) == Rejection("void_of_itself")


@pytest.mark.parametrize("nonsense", [None, 5, "sale", [], [sale()], True])
def test_what_is_no_object_is_no_entry(nonsense: object) -> None:
    assert read_entry(nonsense) == Rejection("entry_not_an_object")


def test_the_refused_field_is_named() -> None:
    assert read_entry(sale(qty="2")) == Rejection("field_unreadable", {"field": "qty"})
    assert read_entry({"kind": "sale"}) == Rejection("field_unreadable", {"field": "uuid"})


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"recorded_at": "kemarin"}, Flag.RECORDED_AT_UNREADABLE),
        ({"recorded_at": "2026-05-05T13:05:00"}, Flag.RECORDED_AT_UNREADABLE),  # no zone
        ({"recorded_at": "0001-01-01T00:00:00+14:00"}, Flag.RECORDED_AT_UNREADABLE),  # before there is a year
        ({"payment_method": "utang"}, Flag.PAYMENT_UNKNOWN),
        ({"buyer_alias": "a" * 61}, Flag.TEXT_CUT),
        ({"device": "d" * 61}, Flag.TEXT_CUT),
    ],
)
def test_odd_words_are_flagged_and_never_cost_a_sale(changes: dict[str, Any], flag: Flag) -> None:
    assert read(sale(**changes)).flags == (flag,)


def test_control_and_direction_signs_leave_the_words() -> None:
    what = read(sale(buyer_alias="Mbak\x00 \u202eLaras\n☕")).what

    assert isinstance(what, SaleFields)
    assert what.buyer_alias == "Mbak Laras ☕"


def test_the_same_payload_hashes_alike_whatever_its_order_case_of_uuid_and_nulls() -> None:
    entry = sale()
    other = dict(reversed(list({**entry, "uuid": entry["uuid"].upper(), "later_field": None}.items())))

    assert read(other).payload_hash == read(entry).payload_hash


@pytest.mark.parametrize("changes", [{"qty": 3}, {"buyer_alias": "Laras"}, {"seq": 0}, {"later_field": 1}, {"device": None}])
def test_any_other_content_hashes_otherwise(changes: dict[str, Any]) -> None:
    entry = sale()

    assert read({**entry, **changes}).payload_hash != read(entry).payload_hash
