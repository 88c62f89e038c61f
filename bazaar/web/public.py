"""What everybody may see: the timetable, who is on now, each vendor's products."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("public", __name__, url_prefix="")


@blueprint.get("/")
@allow(Access.PUBLIC)
def landing() -> str:
    """In the making."""
    return ""


@blueprint.get("/e/<edition>")
@allow(Access.PUBLIC)
def timetable(edition: str) -> str:
    """In the making."""
    return ""
