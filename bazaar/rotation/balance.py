"""Stage 2, parts dev_max and dev_sq: points (with credit) even, turns as stage 1 left them."""

from bazaar.rotation.draft import draft_of
from bazaar.rotation.even import even_points
from bazaar.rotation.instance import Instance, holders_of
from bazaar.rotation.stage import Holders, Outcome, Progress


def balance(instance: Instance, holders: Holders, *, effort: int, progress: Progress) -> Outcome:
    """The holders with points as even as exchanges make them."""
    progress("balance", 0.0)
    draft = draft_of(instance, holders)
    even_points(draft, sweeps=20 * effort)
    return Outcome(holders_of(instance, draft.as_plan()), {"dev_max": None, "dev_sq": None})
