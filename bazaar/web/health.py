"""Whether this deployment is well, for a monitor and for the organizer's banner."""

from flask import Blueprint

blueprint = Blueprint("health", __name__, url_prefix="")
