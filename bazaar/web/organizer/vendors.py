"""Vendors and their products: list, add, change, withdraw, archive."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("vendors", __name__, url_prefix="/panitia/<edition>/lapak")


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """In the making."""
    return ""
