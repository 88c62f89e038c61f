"""The ledger's door: entries in, verdicts out (contract in ARCHITECTURE.md, flow C)."""

from typing import Any

import msgspec
from flask import Blueprint, Response, g, jsonify, request

from bazaar.refusals import Refusal
from bazaar.sales.entry import VerdictOf, store_entries
from bazaar.sales.payload import MOST_ENTRIES
from bazaar.web.access import Access, allow
from bazaar.web.api.answers import answer_in_json
from bazaar.web.api.live_hub import live_hub
from bazaar.web.auth import now, visitor
from bazaar.web.language import current_language
from bazaar.web.words.sales import REJECTIONS

LARGEST_BODY = 512 * 1024
"""Bytes. A hundred real entries are a tenth of it."""

blueprint = Blueprint("api_entries", __name__, url_prefix="/api/v1")
answer_in_json(blueprint)


@blueprint.post("/live-sessions/<int:live_session_id>/entries")
@allow(Access.DEVICE)
def store(live_session_id: int) -> Response:
    """Store a batch: 200 with one verdict per entry, in order, once everything is durable."""
    document = _read_body()
    device = g.get("device")
    said = document.get("device")
    verdicts = store_entries(
        live_session_id,
        document["entries"],
        device_id=device.id if device else None,
        sign_in_id=None if device else visitor().sign_in_id,
        device_name=said if isinstance(said, str) and said.strip() else device.name if device else visitor().name,
        now=now(),
    )
    live_hub().poke()
    answer = jsonify(verdicts=[_as_document(verdict) for verdict in verdicts])
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _read_body() -> dict[str, Any]:
    """The batch as an object with a list of entries. Refuses `entries_unreadable`, `batch_too_large`, `too_many_entries`."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise Refusal("batch_too_large")
    body = request.get_data(cache=False)
    if len(body) > LARGEST_BODY:  # one that came in chunks and named no length
        raise Refusal("batch_too_large")
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Refusal("entries_unreadable") from None
    if not isinstance(document, dict) or not isinstance(document.get("entries"), list):
        raise Refusal("entries_unreadable")
    if len(document["entries"]) > MOST_ENTRIES:
        raise Refusal("too_many_entries", most=MOST_ENTRIES)
    return document


def _as_document(verdict: VerdictOf) -> dict[str, Any]:
    """The contract's fields; `first` and `reason` only where they say something, `reason` with a sentence beside it."""
    document: dict[str, Any] = {"uuid": verdict.uuid, "verdict": verdict.verdict.value, "server_seq": verdict.server_seq}
    if verdict.first is not None:
        document["first"] = verdict.first.value
    if verdict.reason:
        message = REJECTIONS[verdict.reason].text(current_language(), verdict.values)
        document |= {"reason": verdict.reason, "message": message}
    return document
