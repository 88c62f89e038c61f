"""What a client may send as one entry: read strictly, refused with a reason, hashed so that a repeat is told from a change. Pure."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from bazaar.lines import one_line
from bazaar.sales.flags import Flag
from bazaar.states import EntryKind, PaymentMethod

MOST_ENTRIES = 100
LARGEST_QUANTITY = 999
LARGEST_PRICE = 1_000_000_000
"""Rupiah for one unit. A larger one is a typing mistake; times 999 it still fits what the ledger can add up."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DEEPEST = 6
_LONGEST_ENTRY = 8_192
_LARGEST_SEQ = 2**53  # what JavaScript counts exactly
_ALIAS_LENGTH = 60
_REASON_LENGTH = 200
_DEVICE_LENGTH = 60
_CODE_LENGTH = 12


class _EntryIn(msgspec.Struct, frozen=True):
    """The fields of the contract; null is the same as absent. Others are accepted, hashed and otherwise left alone."""

    uuid: str
    kind: EntryKind
    void_of: str | None = None
    slot_position: int | None = None
    product_code: str | None = None
    qty: int | None = None
    unit_price_idr: int | None = None
    buyer_alias: str | None = None
    payment_method: str | None = None
    recorded_at: str | None = None
    device: str | None = None
    seq: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class SaleFields:
    """What a sale says. The price is None where the product's own counts."""

    slot_position: int
    product_code: str
    quantity: int
    unit_price_idr: int | None
    buyer_alias: str
    payment_method: PaymentMethod


@dataclass(frozen=True)
class VoidFields:
    """What a void says: which UUID it cancels, and why."""

    void_of: str
    slot_position: int | None
    reason: str


@dataclass(frozen=True)
class Operation:
    """One readable entry."""

    uuid: str  # lower case
    kind: EntryKind
    payload: dict[str, Any]
    payload_hash: str
    recorded_at: datetime | None
    device_name: str
    device_seq: int | None
    flags: tuple[Flag, ...]
    what: SaleFields | VoidFields


@dataclass(frozen=True)
class Rejection:
    """Why an entry cannot be stored: a code worded in bazaar/web/words/sales.py, and what its sentence needs."""

    reason: str
    values: dict[str, object] = field(default_factory=dict)


def read_entry(raw: object, *, device_name: str = "") -> Operation | Rejection:
    """One entry of a batch as sent, or why not. `device_name` names the device where the entry does not."""
    if not isinstance(raw, dict):
        return Rejection("entry_not_an_object")
    if not _is_shallow(raw, _DEEPEST):
        return Rejection("entry_too_deep")
    payload = _canonical_fields(raw)
    text = canonical_json(payload)
    if len(text) > _LONGEST_ENTRY:
        return Rejection("entry_too_large")
    try:
        entry = msgspec.convert(payload, _EntryIn)
    except msgspec.ValidationError as error:
        return Rejection("field_unreadable", {"field": _field_of(error)})
    if not _UUID.fullmatch(entry.uuid):
        return Rejection("uuid_unreadable")
    flags: list[Flag] = []
    what = _read_sale(entry, flags) if entry.kind is EntryKind.SALE else _read_void(entry, flags)
    if isinstance(what, Rejection):
        return what
    if entry.seq is not None and not 0 <= entry.seq <= _LARGEST_SEQ:
        return Rejection("seq_out_of_range")
    return Operation(
        uuid=entry.uuid,
        kind=entry.kind,
        payload=payload,
        payload_hash=hashlib.sha256(text.encode()).hexdigest(),
        recorded_at=_read_instant(entry.recorded_at, flags),
        device_name=_clean(entry.device or device_name, _DEVICE_LENGTH, flags),
        device_seq=entry.seq,
        flags=tuple(dict.fromkeys(flags)),
        what=what,
    )


def canonical_json(payload: dict[str, Any]) -> str:
    """The same text for the same payload, whatever order its fields came in."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _canonical_fields(raw: dict[str, Any]) -> dict[str, Any]:
    """Every field the client sent, known or not, without nulls and with UUIDs in lower case."""
    fields = {name: value for name, value in raw.items() if value is not None}
    for name in ("uuid", "void_of"):
        if isinstance(fields.get(name), str):
            fields[name] = fields[name].lower()
    return fields


def _is_shallow(value: object, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_is_shallow(item, depth - 1) for item in inner)


def _field_of(error: msgspec.ValidationError) -> str:
    """The field a validation error is about; msgspec names it in its sentence only."""
    named = re.search(r"`\$\.(\w+)`$|field `(\w+)`", str(error))
    return next((name for name in named.groups() if name), "") if named else ""


def _read_sale(entry: _EntryIn, flags: list[Flag]) -> SaleFields | Rejection:
    code = (entry.product_code or "").strip().upper()
    if entry.slot_position is None:
        return Rejection("field_missing", {"field": "slot_position"})
    if not code:
        return Rejection("field_missing", {"field": "product_code"})
    if len(code) > _CODE_LENGTH or not code.isprintable():
        return Rejection("product_code_unreadable")
    if entry.qty is None:
        return Rejection("field_missing", {"field": "qty"})
    if not 1 <= entry.qty <= LARGEST_QUANTITY:
        return Rejection("qty_out_of_range", {"largest": LARGEST_QUANTITY})
    if entry.unit_price_idr is not None and not 1 <= entry.unit_price_idr <= LARGEST_PRICE:
        return Rejection("price_out_of_range")
    return SaleFields(
        slot_position=entry.slot_position,
        product_code=code,
        quantity=entry.qty,
        unit_price_idr=entry.unit_price_idr,
        buyer_alias=_clean(entry.buyer_alias, _ALIAS_LENGTH, flags),
        payment_method=_read_payment_method(entry.payment_method, flags),
    )


def _read_void(entry: _EntryIn, flags: list[Flag]) -> VoidFields | Rejection:
    if entry.void_of is None:
        return Rejection("field_missing", {"field": "void_of"})
    if not _UUID.fullmatch(entry.void_of):
        return Rejection("void_of_unreadable")
    if entry.void_of == entry.uuid:
        return Rejection("void_of_itself")
    return VoidFields(entry.void_of, entry.slot_position, _clean(entry.reason, _REASON_LENGTH, flags))


def _read_payment_method(text: str | None, flags: list[Flag]) -> PaymentMethod:
    label = (text or PaymentMethod.OTHER).strip().lower()
    if label in set(PaymentMethod):
        return PaymentMethod(label)
    flags.append(Flag.PAYMENT_UNKNOWN)
    return PaymentMethod.OTHER


def _read_instant(text: str | None, flags: list[Flag]) -> datetime | None:
    """The device's time, however wrong; None with a flag where it is no instant at all. It decides nothing."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    flags.append(Flag.RECORDED_AT_UNREADABLE)
    return None


def _clean(text: str | None, length: int, flags: list[Flag]) -> str:
    """One line without control characters, cut to its column: an odd alias must not cost a sale."""
    line = one_line(text or "")
    if len(line) > length:
        flags.append(Flag.TEXT_CUT)
    return line[:length].rstrip()
