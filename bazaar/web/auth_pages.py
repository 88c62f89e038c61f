"""Signing in and out, one-time links, new passwords."""

from flask import Blueprint

blueprint = Blueprint("auth_pages", __name__, url_prefix="")
