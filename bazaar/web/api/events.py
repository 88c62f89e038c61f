"""What the console shows, as JSON and as a stream of events."""

from flask import Blueprint, Response, jsonify, make_response, request

from bazaar.live.queries import console_state
from bazaar.live.stream import MOST_STREAMS, event_stream
from bazaar.refusals import Refusal
from bazaar.web.access import Access, allow
from bazaar.web.api.answers import answer_in_json
from bazaar.web.api.live_hub import live_hub
from bazaar.web.auth import now

blueprint = Blueprint("api_events", __name__, url_prefix="/api/v1")
answer_in_json(blueprint)


@blueprint.get("/live-sessions/<int:live_session_id>/state")
@allow(Access.HOST)
def state(live_session_id: int) -> Response:
    """The whole state of a live session; 304 where the caller already has this version."""
    document = console_state(live_session_id, now=now())
    answer = make_response(jsonify(document))
    answer.set_etag(str(document["version"]))
    answer.headers["Cache-Control"] = "no-store"
    answer.make_conditional(request)
    return answer


@blueprint.get("/live-sessions/<int:live_session_id>/events")
@allow(Access.HOST)
def events(live_session_id: int) -> Response:
    """Server-sent events: `changed` with the version as id. Resumes by Last-Event-ID. Refuses `too_many_streams`."""
    hub = live_hub()
    if hub.stream_count >= MOST_STREAMS:
        raise Refusal("too_many_streams")
    stream = event_stream(hub, live_session_id, request.headers.get("Last-Event-ID"))
    answer = Response(stream, mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # a proxy that collects events first would hold them back
    return answer
