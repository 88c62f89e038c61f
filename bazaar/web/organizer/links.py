"""Links of vendors and hosts: show, replace, revoke."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("links", __name__, url_prefix="/panitia/<edition>/tautan")


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """In the making."""
    return ""
