"""The products of an edition's vendors: add, change, withdraw, bring back, archive, delete. A sale keeps the price it was made at."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.vendors.registry import vendor_of, was_published
from models import Edition, Product, Sale


@dataclass(frozen=True)
class ProductData:
    """What an organizer writes down about a product. The code is in capitals; stock None means made to order."""

    code: str
    name: str
    price_idr: int
    unit: str = ""
    stock: int | None = None
    weight_grams: int | None = None

    @property
    def version(self) -> str:
        """A fingerprint of these values: a form carries it, so that nobody overwrites what they have not seen."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def add_product(edition_id: int, vendor_id: int, data: ProductData, *, by: int | None, now: datetime) -> int:
    """Write a product down; returns its id. Refuses `not_found` and `product_code_taken`."""
    with transaction() as session:
        vendor_of(session, edition_id, vendor_id, is_kept=True)
        _refuse_taken_code(session, edition_id, data.code, None)
        product = Product(edition_id=edition_id, vendor_id=vendor_id, created_at=now, **asdict(data))
        session.add(product)
        _flush_code(session, data.code)
        _note(session, "add_product", product, now=now, by=by, after=asdict(data))
        return product.id


def change_product(edition_id: int, product_id: int, data: ProductData, *, version: str, by: int | None, now: datetime) -> None:
    """Write the product down anew; sales made before keep their price. `version` is the fingerprint the organizer saw.

    Refuses `not_found`, `changed_meanwhile` and `product_code_taken`.
    """
    with transaction() as session:
        product = _locked_product(session, edition_id, product_id)
        before = read_product_data(product)
        if before.version != version:
            raise Refusal("changed_meanwhile")
        _refuse_taken_code(session, edition_id, data.code, product_id)
        for name, value in asdict(data).items():
            setattr(product, name, value)
        _flush_code(session, data.code)
        old, new = audit.changed_values(asdict(before), asdict(data))
        _note(session, "change_product", product, now=now, by=by, before=old, after=new)


def withdraw_product(edition_id: int, product_id: int, *, by: int | None, now: datetime) -> None:
    """The product is no longer sold: it leaves the console and the public page. Doing it twice changes nothing. Refuses `not_found`."""
    _move(edition_id, product_id, "withdraw_product", {"withdrawn_at": now}, Product.withdrawn_at.is_(None), by, now)


def return_product(edition_id: int, product_id: int, *, by: int | None, now: datetime) -> None:
    """A withdrawn or archived product is sold again. Refuses `not_found`."""
    was_gone = or_(Product.withdrawn_at.is_not(None), Product.archived_at.is_not(None))
    _move(edition_id, product_id, "return_product", {"withdrawn_at": None, "archived_at": None}, was_gone, by, now)


def archive_product(edition_id: int, product_id: int, *, by: int | None, now: datetime) -> None:
    """Put the product out of sight, which withdraws it too. Refuses `not_found`."""
    values = {"withdrawn_at": func.coalesce(Product.withdrawn_at, now), "archived_at": now}
    _move(edition_id, product_id, "archive_product", values, Product.archived_at.is_(None), by, now)


def delete_product(edition_id: int, product_id: int, *, by: int | None, now: datetime) -> None:
    """Remove a product that nobody ever saw or bought. Refuses `not_found` and `product_was_published` (withdraw it instead)."""
    with transaction() as session:
        product = _locked_product(session, edition_id, product_id)
        if not product_can_be_deleted(session, product):
            raise Refusal("product_was_published", name=product.name)
        _note(session, "delete_product", product, now=now, by=by, before=asdict(read_product_data(product)))
        session.execute(delete(Product).where(Product.id == product_id))


def product_can_be_deleted(session: Session, product: Product) -> bool:
    """Whether nobody ever saw or bought it."""
    was_sold = session.scalar(select(exists().where(Sale.product_id == product.id)))
    return not was_sold and not was_published(session, product.vendor_id)


def next_product_code(session: Session, edition_id: int) -> str:
    """A code that is still free, after the pattern of the others: `K206` after `K205`."""
    codes = session.scalars(select(Product.code).where(Product.edition_id == edition_id)).all()
    numbers = [int(code[1:]) for code in codes if code[:1] == "K" and code[1:].isdecimal()]
    return f"K{max(numbers, default=0) + 1:02d}"


def read_product_data(product: Product) -> ProductData:
    """The product as it is written down now."""
    return ProductData(product.code, product.name, product.price_idr, product.unit, product.stock, product.weight_grams)


def _move(edition_id: int, product_id: int, action: str, values: Mapping[str, Any], leaving: Any, by: int | None, now: datetime) -> None:
    with transaction() as session:
        product = _locked_product(session, edition_id, product_id)
        leave = update(Product).where(Product.id == product_id, leaving).values(**values)
        if session.scalar(leave.returning(Product.id)) is not None:
            _note(session, action, product, now=now, by=by)


def _locked_product(session: Session, edition_id: int, product_id: int) -> Product:
    product = session.scalar(select(Product).where(Product.id == product_id, Product.edition_id == edition_id).with_for_update())
    if product is None:
        raise Refusal("not_found")
    return product


def _refuse_taken_code(session: Session, edition_id: int, code: str, own_id: int | None) -> None:
    owner = session.scalar(select(Product).where(Product.edition_id == edition_id, Product.code == code))
    if owner is not None and owner.id != own_id:
        raise Refusal("product_code_taken", product_code=code, name=owner.name)


def _flush_code(session: Session, code: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:  # two organizers at the same moment, on a database with several writers
        if "code" not in str(error.orig):
            raise
        raise Refusal("product_code_taken", product_code=code, name="barang lain") from error


def _note(session: Session, action: str, product: Product, *, now: datetime, by: int | None, **what: Any) -> None:
    bazaar_id = session.get_one(Edition, product.edition_id).bazaar_id
    what.setdefault("after", {"name": product.name})
    audit.note(session, action, "product", product.id, now=now, bazaar_id=bazaar_id, by=by, **what)
