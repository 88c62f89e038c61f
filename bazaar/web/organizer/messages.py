"""Messages: the WhatsApp list to send by hand, and what went out."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("messages", __name__, url_prefix="/panitia/<edition>/pesan")


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """In the making."""
    return ""
