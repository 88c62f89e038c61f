"""Live sessions: list, add one or a whole pattern, change, withdraw."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("live_sessions", __name__, url_prefix="/panitia/<edition>/siaran")


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """In the making."""
    return ""
