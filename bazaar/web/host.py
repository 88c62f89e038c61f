"""The host's door and console."""

from flask import Blueprint

blueprint = Blueprint("host", __name__, url_prefix="")
