"""Live sessions: list, add one or a whole pattern, change, withdraw."""

from flask import Blueprint

blueprint = Blueprint("live_sessions", __name__, url_prefix="/panitia/<edition>/siaran")
