"""Stage 1, parts hard to turns_sq: everybody placed, guarantees kept, turns even."""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)

from bazaar.rotation.bounds import bounds_of
from bazaar.rotation.draft import Draft
from bazaar.rotation.even import even_turns
from bazaar.rotation.instance import Instance, holders_of
from bazaar.rotation.place import fill_by_chains, place_days, place_fixed
from bazaar.rotation.score import score_plan
from bazaar.rotation.stage import Outcome, Progress

PARTS = ("hard", "unfilled", "short", "changes", "spread", "turns_sq")


def fill(instance: Instance, dice: random.Random, *, effort: int, progress: Progress) -> Outcome:
    """A plan that breaks as few hard rules as possible, fills as much, keeps as many guarantees, and shares turns evenly."""
    draft = Draft(instance.problem)
    progress("fill", 0.0)
    place_fixed(draft)
    place_days(draft, dice)
    fill_by_chains(draft)
    even_turns(draft)
    plan = draft.as_plan()
    bounds = bounds_of(instance.problem, score_plan(instance.problem, plan))
    return Outcome(holders_of(instance, plan), {part: bounds[part] for part in PARTS})
