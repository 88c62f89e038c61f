"""What no plan can beat, as far as it is proved here: a number where there is a proof, None where there is none yet.

unfilled: on each day at most as many slots can be filled as a matching of vendors to that day's slots allows (König); gaps are
left out, so the bound is honest but may be weak. turns_sq: with the same number of filled slots, squares are smallest when counts
differ by at most one. spread: then 1 unless the slots divide evenly. The rest is bounded by nought, which proves it when reached.
"""

from bazaar.rotation.problem import Problem, fits
from bazaar.rotation.score import PARTS, Score, ceilings_of


def bounds_of(problem: Problem, score: Score) -> dict[str, int | None]:
    """A bound for each part, given the reached values of the parts above it."""
    bounds: dict[str, int | None] = {part: 0 if getattr(score, part) == 0 else None for part in PARTS}
    bounds["hard"] = 0
    bounds["unfilled"] = _fewest_unfilled(problem) if score.unfilled else 0
    filled, count = len(problem.slots) - score.unfilled, len(problem.vendors)
    if count:
        each, rest = divmod(filled, count)
        bounds["turns_sq"] = rest * (each + 1) ** 2 + (count - rest) * each**2
        if score.turns_sq == bounds["turns_sq"] and rest and max(ceilings_of(problem).values()) > each:
            bounds["spread"] = min(1, score.spread)
    return bounds


def _fewest_unfilled(problem: Problem) -> int:
    from scipy.sparse import csr_array  # noqa: PLC0415 (loaded only when there is something to prove)
    from scipy.sparse.csgraph import maximum_bipartite_matching  # noqa: PLC0415 (as above)

    unfilled = 0
    for day in {slot.day for slot in problem.slots}:
        slots = [slot for slot in problem.slots if slot.day == day]
        reach = csr_array([[int(fits(vendor, slot)) for vendor in problem.vendors] for slot in slots]) if problem.vendors else None
        matched = 0 if reach is None else int((maximum_bipartite_matching(reach, perm_type="column") >= 0).sum())
        unfilled += len(slots) - matched
    return unfilled
