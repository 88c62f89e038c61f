"""My account: name, password, second factor, where I am signed in."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("account", __name__, url_prefix="/akun")


@blueprint.get("")
@allow(Access.SIGNED_IN)
def show() -> str:
    """In the making."""
    return ""
