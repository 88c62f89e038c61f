"""Which stalls a buyer means: every word must stand somewhere in what everybody may read about them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Product, Vendor

LONGEST_SEARCH = 60


def tidy_search(text: str) -> str:
    """What was typed, with single blanks and a sane length."""
    return " ".join(text.split())[:LONGEST_SEARCH]


def matching_vendors(session: Session, edition_id: int, search: str, category: str) -> set[int]:
    """Step: the vendors of one kind (empty: any) that carry every word of the search in name, kind, place or goods."""
    words = search.casefold().split()
    goods = _goods_by_vendor(session, edition_id) if words else {}
    return {
        vendor.id
        for vendor in session.scalars(select(Vendor).where(Vendor.edition_id == edition_id))
        if category in {"", vendor.category} and _has_words(words, (*_public_texts(vendor), *goods.get(vendor.id, ())))
    }


def _public_texts(vendor: Vendor) -> tuple[str, ...]:
    return vendor.business_name, vendor.category, vendor.featured_product, vendor.district


def _has_words(words: Sequence[str], texts: Iterable[str]) -> bool:
    text = "\n".join(texts).casefold()
    return all(word in text for word in words)


def _goods_by_vendor(session: Session, edition_id: int) -> dict[int, list[str]]:
    goods: dict[int, list[str]] = {}
    rows = session.execute(
        select(Product.vendor_id, Product.name).where(
            Product.edition_id == edition_id, Product.withdrawn_at.is_(None), Product.archived_at.is_(None)
        )
    )
    for vendor_id, name in rows:
        goods.setdefault(vendor_id, []).append(name)
    return goods
