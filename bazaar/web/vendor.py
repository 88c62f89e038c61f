"""The vendor's page: one sentence, one time, two answers."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("vendor", __name__, url_prefix="")


@blueprint.get("/g/<token>")
@allow(Access.VENDOR_LINK)
def show(token: str) -> str:
    """In the making."""
    return ""
