"""What a stall has to sell, as everybody may see it: how much is left in words, never the counts a competitor would like."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.sales.queries import pieces_by_product
from models import Product

FEW = 5
Stock = Literal["made_to_order", "none", "few", "some"]


@dataclass(frozen=True)
class Ware:
    """A product on sale. `left` is given only when few are left."""

    code: str
    name: str
    price_idr: int
    unit: str
    stock: Stock
    left: int


def wares_of(session: Session, edition_id: int, vendor_ids: Sequence[int]) -> dict[int, tuple[Ware, ...]]:
    """Step: the products on sale of each vendor, by code."""
    products = session.scalars(
        select(Product)
        .where(
            Product.edition_id == edition_id,
            Product.vendor_id.in_(vendor_ids),
            Product.withdrawn_at.is_(None),
            Product.archived_at.is_(None),
        )
        .order_by(Product.code)
    ).all()
    sold = pieces_by_product(session, edition_id, [product.id for product in products if product.stock is not None])
    wares: dict[int, tuple[Ware, ...]] = {}
    for product in products:
        left = None if product.stock is None else max(0, product.stock - sold.get(product.id, 0))
        wares[product.vendor_id] = (*wares.get(product.vendor_id, ()), _ware(product, left))
    return wares


def _ware(product: Product, left: int | None) -> Ware:
    stock: Stock = "made_to_order" if left is None else "none" if left == 0 else "few" if left <= FEW else "some"
    return Ware(product.code, product.name, product.price_idr, product.unit, stock, left or 0 if stock == "few" else 0)
