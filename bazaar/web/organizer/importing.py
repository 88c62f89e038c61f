"""Importing files: dry run, problems by row, then yes."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("importing", __name__, url_prefix="/panitia/<edition>/impor")


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(edition: str) -> str:
    """In the making."""
    return ""
