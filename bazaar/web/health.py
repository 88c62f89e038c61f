"""Whether this deployment is well: by what the beats really did lately, not by whether a process exists."""

from flask import Blueprint, Response, jsonify

from bazaar.reminders.pulse import LATE_AFTER, scheduler_age
from bazaar.web.access import Access, allow
from bazaar.web.auth import now

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@allow(Access.PUBLIC)
def healthz() -> tuple[Response, int]:
    """200 when the database answers and a pass of the scheduler finished within a minute, else 503."""
    age = scheduler_age(now())
    is_well = age is not None and age <= LATE_AFTER
    body = {"status": "ok" if is_well else "scheduler_late", "scheduler_age_seconds": None if age is None else round(age.total_seconds())}
    return jsonify(body), 200 if is_well else 503
