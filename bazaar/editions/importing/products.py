"""Products from a sheet, known by `kode`, each of a vendor that is registered already."""

import re
from collections.abc import Hashable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.editions.importing import columns as cells
from bazaar.editions.importing.columns import CellError, Column, Problem
from bazaar.editions.importing.kinds import Context, Difference, Kind, Stored, Values, name_key, vendor_ids
from models import Edition, Product, Vendor

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


def _code(cell: str) -> str:
    if not cell:
        raise CellError("cell_empty")
    code = cell.upper()
    if not _CODE.fullmatch(code):
        raise CellError("product_code_wrong", text=cell)
    return code


COLUMNS = (
    Column("nama_usaha", cells.text_of(120, is_required=True), is_required=True, aliases=("usaha", "nama lapak", "lapak", "business name")),
    Column("kode", _code, is_required=True, aliases=("kode produk", "code")),
    Column("nama_produk", cells.text_of(120, is_required=True), is_required=True, aliases=("produk", "nama barang", "barang")),
    Column("harga_idr", cells.rupiah_of, cells.show_rupiah, is_required=True, aliases=("harga", "harga rp", "price")),
    Column("satuan", cells.text_of(30), aliases=("unit",)),
    Column("stok", cells.number_of(most=1_000_000), cells.show_optional, aliases=("stock", "jumlah")),
    Column("berat_gram", cells.number_of(most=1_000_000), cells.show_optional, aliases=("berat",)),
)
_FIELDS = {"nama_produk": "name", "harga_idr": "price_idr", "satuan": "unit", "stok": "stock", "berat_gram": "weight_grams"}


def _stored(session: Session, edition: Edition) -> dict[Hashable, Stored]:
    rows = session.execute(
        select(Product, Vendor.business_name)
        .join(Vendor, Vendor.id == Product.vendor_id)
        .where(Product.edition_id == edition.id)
        .order_by(Product.id)
    ).all()
    return {
        product.code: Stored(
            product.id,
            {"nama_usaha": business_name, "kode": product.code, **{column: getattr(product, field) for column, field in _FIELDS.items()}},
        )
        for product, business_name in rows
    }


def _key(values: Values, _edition: Edition) -> Hashable:
    return str(values["kode"])


def _label(values: Values) -> str:
    return f"{values['kode']} {values.get('nama_produk', '')}".strip()


def _check(values: Values, row: int, context: Context) -> list[Problem]:
    name = values.get("nama_usaha", "")
    if name and (unknown := context.unknown_vendor(name, row)):
        return unknown
    stored = context.stored.get(values.get("kode"))
    if stored is None or not name:
        return []
    owner = stored.values["nama_usaha"]
    if name_key(owner) != name_key(name):
        return [Problem(row, "kode", "product_of_another", {"product_code": values["kode"], "name": owner})]
    values["nama_usaha"] = owner  # capitals of the register, so that they are no difference
    return []


def _store(session: Session, edition: Edition, differences: Sequence[Difference], now: datetime) -> None:
    ids = vendor_ids(session, edition)
    for difference in differences:
        values = difference.values
        if difference.stored_id is None:
            vendor_id = ids[name_key(values["nama_usaha"])]
            product = Product(edition_id=edition.id, vendor_id=vendor_id, code=values["kode"], created_at=now)
            session.add(product)
        else:
            product = session.get_one(Product, difference.stored_id)
        for column, field in _FIELDS.items():
            if column in values:
                setattr(product, field, values[column])


PRODUCTS = Kind("products", COLUMNS, _stored, _key, _label, _check, _store, ("kode",))
