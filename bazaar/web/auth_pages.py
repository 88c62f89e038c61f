"""Signing in and out, one-time links, new passwords."""

from flask import Blueprint

from bazaar.web.access import Access, allow

blueprint = Blueprint("auth_pages", __name__, url_prefix="")


@blueprint.get("/masuk")
@allow(Access.PUBLIC)
def sign_in() -> str:
    """In the making."""
    return ""
