"""Whether this deployment is well: by what the beats really did lately, not by whether a process exists; and the same in figures."""

from collections.abc import Iterator
from hmac import compare_digest
from ipaddress import ip_address

from flask import Blueprint, Response, abort, jsonify, request

from bazaar.reminders.figures import Figures, outbox_figures
from bazaar.reminders.pulse import LATE_AFTER, alarms, scheduler_age
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, settings

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@allow(Access.PUBLIC)
def healthz() -> tuple[Response, int]:
    """200 when the database answers, a pass of the scheduler finished within a minute and nothing holds sending up, else 503."""
    age = scheduler_age(now())
    is_late = age is None or age > LATE_AFTER
    found = [alarm.kind for alarm in alarms(now())]
    is_held = not {"clock", "restore", "journal"}.isdisjoint(found)
    body = {
        "status": "scheduler_late" if is_late else "sending_held" if is_held else "ok",
        "scheduler_age_seconds": None if age is None else round(age.total_seconds()),
        "alarms": found,
    }
    return jsonify(body), 503 if is_late or is_held else 200


@blueprint.get("/metrics")
@allow(Access.PUBLIC)
def metrics() -> Response:
    """Figures in the text form of Prometheus, for whoever sits on this machine or holds METRICS_TOKEN; for others there is no such page."""
    if not (_is_from_here() or _has_token()):
        abort(404)
    text = "\n".join(_lines(outbox_figures(now=now()))) + "\n"
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8", headers={"Cache-Control": "no-store"})


def _is_from_here() -> bool:
    """Straight from this machine. What a proxy passed on comes from elsewhere, whether or not PROXY_HOPS knows of that proxy."""
    passed_on = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"))
    return not passed_on and bool(request.remote_addr) and ip_address(request.remote_addr or "").is_loopback


def _has_token() -> bool:
    token = settings().metrics_token
    return bool(token) and compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())


def _lines(figures: Figures) -> Iterator[str]:
    yield from _head("giliran_deliveries", "gauge", "Messages by state.")
    for state, count in figures.deliveries.items():
        yield f'giliran_deliveries{{state="{state}"}} {count}'
    yield from _head("giliran_oldest_due_seconds", "gauge", "How long the oldest message that could go now has been waiting.")
    yield f"giliran_oldest_due_seconds {figures.oldest_due_seconds:.3f}"
    yield from _head("giliran_lease_epoch", "counter", "How often sending changed hands.")
    yield f"giliran_lease_epoch {figures.lease_epoch}"
    yield from _head("giliran_beat_age_seconds", "gauge", "How long ago each beat last came to its end.")
    for beat in figures.beats:
        if beat.age_seconds is not None:
            yield f'giliran_beat_age_seconds{{beat="{beat.name}"}} {beat.age_seconds:.3f}'
    yield from _head("giliran_beat_failed", "gauge", "1 where the last pass of a beat failed.")
    for beat in figures.beats:
        yield f'giliran_beat_failed{{beat="{beat.name}"}} {int(beat.has_failed)}'
    yield from _head("giliran_missed_ticks_total", "counter", "Ticks that the clock missed; the beat went on by itself.")
    for beat in figures.beats:
        yield f'giliran_missed_ticks_total{{beat="{beat.name}"}} {beat.missed_count}'
    yield from _head("giliran_sending_held", "gauge", "Holds in force, by reason.")
    for reason, count in figures.holds.items():
        yield f'giliran_sending_held{{reason="{reason}"}} {count}'


def _head(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"
