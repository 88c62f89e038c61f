"""My bazaars and editions; making and setting up an edition."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("editions", __name__, url_prefix="/panitia")


@blueprint.get("")
@allow(Access.SIGNED_IN)
def home() -> str:
    """In the making."""
    return ""


@blueprint.get("/<edition>/pengaturan")
@allow(Access.ORGANIZER)
def settings(edition: str) -> str:
    """In the making."""
    return ""
