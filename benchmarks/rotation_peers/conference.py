"""conference-scheduler (an integer model by PuLP and CBC): talks on a timetable. Each vendor brings as many talks as the equal share.

It can be told who cannot come when, and that two talks of one vendor may not be at the same time; every evening is one time here,
which makes that one turn a day. It cannot be told a distance between days, guarantees, or what is fair beyond the number of talks.
"""

import contextlib
import io
from collections.abc import Callable
from datetime import datetime, timedelta

from conference_scheduler import scheduler
from conference_scheduler.resources import Event
from conference_scheduler.resources import Slot as Place
from pulp import PULP_CBC_CMD

from benchmarks.rotation_peers.question import Document, Plan, answer, fits

FIRST_DAY = datetime(2021, 4, 13)
CANNOT = "cannot be told gaps, guarantees, points"


def solve(problem: Document, seconds: float, first: Callable[[], None]) -> tuple[Plan, str]:
    """The rounded-up share of talks for the first vendors of the list, the rounded-down one for the rest."""
    slots, vendors = problem["slots"], problem["vendors"]
    places = [
        Place(
            venue=f"{slot['session']}/{slot['pos']}",
            starts_at=FIRST_DAY + timedelta(days=slot["day"]),
            duration=slot["len"],
            capacity=1,
            session=slot["session"],
        )
        for slot in slots
    ]
    share, rest = divmod(len(slots), len(vendors))
    events, owner = [], []
    for number, vendor in enumerate(vendors):
        talks = [Event(name=f"{vendor['id']}/{n}", duration=0, demand=0) for n in range(share + (number < rest))]
        cannot = [place for place, slot in zip(places, slots, strict=True) if not fits(vendor, slot)]
        for talk in talks:
            talk.add_unavailability(*cannot)
            talk.add_unavailability(*(other for other in talks if other is not talk))
        events += talks
        owner += [vendor["id"]] * len(talks)
    with contextlib.redirect_stdout(io.StringIO()):
        solution = scheduler.solution(events, places, solver=PULP_CBC_CMD(timeLimit=seconds, threads=2, msg=False))
    if solution is None:
        return {}, f"no plan; {CANNOT}"
    first()
    plan: Plan = {slot["id"]: None for slot in slots}
    for event, place in solution:
        plan[slots[int(place)]["id"]] = owner[int(event)]
    return plan, CANNOT


if __name__ == "__main__":
    answer(solve)
