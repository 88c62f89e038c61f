"""What the console shows, as JSON and as a stream of events."""

from flask import Blueprint, Response, jsonify, make_response, request

from bazaar.live.queries import console_state
from bazaar.web.access import Access, allow
from bazaar.web.auth import now

blueprint = Blueprint("api_events", __name__, url_prefix="/api/v1")


@blueprint.get("/live-sessions/<int:live_session_id>/state")
@allow(Access.HOST)
def state(live_session_id: int) -> Response:
    """The whole state of a live session; 304 where the caller already has this version."""
    document = console_state(live_session_id, now=now())
    answer = make_response(jsonify(document))
    answer.set_etag(str(document["version"]))
    answer.headers["Cache-Control"] = "no-store"
    return answer.make_conditional(request)
