"""What organizers do today: a list of vendors; for each slot the first of the list who can come takes it and goes to the end."""

from collections.abc import Callable

from benchmarks.rotation_peers.question import Document, Plan, answer, fits, gap_of


def solve(problem: Document, _seconds: float, first: Callable[[], None]) -> tuple[Plan, str]:
    """One pass over the slots in the order of time."""
    queue = list(problem["vendors"])
    days: dict[str, list[int]] = {vendor["id"]: [] for vendor in queue}
    for slot in problem["slots"]:  # whoever is pinned keeps the days around it free
        if slot["pin"] is not None:
            days[slot["pin"]].append(slot["day"])
    plan: Plan = {}
    for slot in sorted(problem["slots"], key=lambda slot: (slot["day"], slot["start"], slot["id"])):
        plan[slot["id"]] = slot["pin"]
        if slot["pin"] is not None:
            continue
        for place, vendor in enumerate(queue):
            own = days[vendor["id"]]
            is_rested = all(abs(slot["day"] - day) >= gap_of(vendor) for day in own)
            if is_rested and len(own) < vendor["max"] and fits(vendor, slot):
                plan[slot["id"]] = vendor["id"]
                own.append(slot["day"])
                queue.append(queue.pop(place))
                break
    first()
    return plan, ""


if __name__ == "__main__":
    answer(solve)
