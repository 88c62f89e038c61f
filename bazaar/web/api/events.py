"""What the console shows, as JSON and as a stream of events."""

from flask import Blueprint

blueprint = Blueprint("api_events", __name__, url_prefix="/api/v1")
