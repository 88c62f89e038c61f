"""The board: the rotation, evenings by slots; build, pin, publish."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("board", __name__, url_prefix="/panitia/<edition>/papan")


@blueprint.get("")
@allow(Access.ORGANIZER)
def show(edition: str) -> str:
    """In the making."""
    return ""
