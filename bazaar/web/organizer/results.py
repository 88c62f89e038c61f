"""Closings, supplements and totals."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("results", __name__, url_prefix="/panitia/<edition>/hasil")


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """In the making."""
    return ""
