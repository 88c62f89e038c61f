"""What the console shows, as JSON and as a stream of events."""

from collections.abc import Callable

from flask import Blueprint, Response, g, jsonify, make_response, request

from bazaar.accounts.visitor import visitor_of
from bazaar.live.queries import console_state
from bazaar.live.stream import MOST_STREAMS, event_stream
from bazaar.refusals import Refusal
from bazaar.tokens import hash_token
from bazaar.web.access import Access, allow
from bazaar.web.api.answers import answer_in_json
from bazaar.web.api.live_hub import live_hub
from bazaar.web.auth import browser_token, now, outside, this_app

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
    stream = event_stream(hub, live_session_id, request.headers.get("Last-Event-ID"), may_look=_still_may_host(live_session_id))
    answer = Response(stream, mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # a proxy that collects events first would hold them back
    return answer


def _still_may_host(live_session_id: int) -> Callable[[], bool]:
    """Whether this browser may still run the live session: asked again and again long after the request itself."""
    app = this_app()
    clock, token_hash, bazaar_id = outside().clock, hash_token(browser_token()), g.edition.bazaar_id

    def still_may_host() -> bool:
        with app.app_context():
            return visitor_of(token_hash, now=clock()).may_host(live_session_id, bazaar_id)

    return still_may_host
