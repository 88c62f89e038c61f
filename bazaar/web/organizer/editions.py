"""My bazaars and editions; making and setting up an edition."""

from flask import Blueprint

from bazaar.web.access import Access, allow
from bazaar.web.organizer.desk import Desk, speak_indonesian

blueprint = Blueprint("editions", __name__, url_prefix="/panitia")
blueprint.before_request(speak_indonesian)
blueprint.app_context_processor(lambda: {"desk": Desk()})


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
