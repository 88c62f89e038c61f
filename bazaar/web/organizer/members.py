"""Members of a bazaar: invite, change role, end."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("members", __name__, url_prefix="/panitia/bazar/<bazaar>/anggota")


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(bazaar: str) -> str:
    """In the making."""
    return ""
