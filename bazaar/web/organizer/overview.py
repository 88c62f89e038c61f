"""Tonight: who is on, who is ready, what needs a hand."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("overview", __name__, url_prefix="/panitia/<edition>")


@blueprint.get("/")
@allow(Access.ORGANIZER)
def tonight(edition: str) -> str:
    """In the making."""
    return ""
