"""The host's door and console."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("host", __name__, url_prefix="")


@blueprint.get("/siaran/<int:live_session_id>")
@allow(Access.HOST)
def console(live_session_id: int) -> str:
    """In the making."""
    return ""
