"""Which hard rules a draft breaks, by name and hour: whoever publishes it all the same should know which."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.editions.problem import id_of, slot_key
from bazaar.editions.versions import drawn_plan, rotation_numbered
from bazaar.rotation.problem import ProblemError, read_problem
from bazaar.rotation.reasons.broken import BrokenRule, Rule, broken_rules
from models import Rotation, Slot, Vendor


@dataclass(frozen=True)
class BrokenTurn:
    """A broken rule: whom it is about, when, and for a pin who stands there. Names are empty where there is nobody to name."""

    rule: Rule
    business_name: str
    starts: tuple[datetime, ...]  # by time; empty where the slots were cut away since
    holder_name: str


def broken_turns(edition_id: int, number: int) -> tuple[BrokenTurn, ...]:
    """What the rotation of that number breaks, by time. Refuses `not_found`."""
    with reading() as session:
        ref = rotation_numbered(session, edition_id, number)
        return broken_turns_of(session, session.get_one(Rotation, ref.id))


def broken_turns_of(session: Session, rotation: Rotation) -> tuple[BrokenTurn, ...]:
    """Step: the same of a rotation; empty also where it did not keep its problem."""
    if not rotation.score.get("hard"):
        return ()
    try:
        problem = read_problem(rotation.problem)
    except ProblemError:
        return ()
    plan = drawn_plan(session, rotation)
    starts = {
        slot_key(slot_id): at
        for slot_id, at in session.execute(select(Slot.id, Slot.starts_at).where(Slot.edition_id == rotation.edition_id))
    }
    names = dict(session.execute(select(Vendor.id, Vendor.business_name).where(Vendor.edition_id == rotation.edition_id)).all())

    def name_of(vendor: str | None) -> str:
        return "" if vendor is None else names.get(id_of(vendor), "")

    def named(broken: BrokenRule) -> BrokenTurn:
        own = sorted(starts[slot] for slot in broken.slots if slot in starts)
        holder = plan.get(broken.slots[0]) if broken.rule == "pin" else None
        return BrokenTurn(broken.rule, name_of(broken.vendor), tuple(own), name_of(holder))

    found = [named(broken) for broken in broken_rules(problem, plan)]
    return tuple(sorted(found, key=lambda one: (not one.starts, one.starts[:1], one.business_name)))
