"""The model one writes first with CP-SAT (ortools): one boolean for each vendor and slot, and a weighted sum of what is wished.

Two workers, as the machine has two cores. Weights put open slots before guarantees, turns before points, points before the rest.
"""

from collections import defaultdict
from collections.abc import Callable

from ortools.sat.python import cp_model

from benchmarks.rotation_peers.question import Document, Plan, answer, credits_of, fits, gap_of

OPEN, SHORT, SPREAD, DEVIATION, NEIGHBOURS = 1_000_000, 100_000, 50_000, 10, 5


class _FirstPlan(cp_model.CpSolverSolutionCallback):
    def __init__(self, first: Callable[[], None]) -> None:
        super().__init__()
        self.first = first

    def on_solution_callback(self) -> None:
        """Called for every plan; the peer's clock keeps the first."""
        self.first()


def solve(problem: Document, seconds: float, first: Callable[[], None]) -> tuple[Plan, str]:
    """Model, search for so many seconds, read the plan."""
    model = cp_model.CpModel()
    slots, vendors = problem["slots"], problem["vendors"]
    takes = {(v, s): model.new_bool_var("") for v, vendor in enumerate(vendors) for s, slot in enumerate(slots) if fits(vendor, slot)}
    of_vendor: dict[int, list[int]] = defaultdict(list)
    of_slot: dict[int, list[int]] = defaultdict(list)
    for v, s in takes:
        of_vendor[v].append(s)
        of_slot[s].append(v)
    cost = []
    for s in range(len(slots)):
        is_open = model.new_bool_var("")
        model.add_exactly_one([takes[v, s] for v in of_slot[s]] + [is_open])
        cost.append(OPEN * is_open)
    cost += _fairness(model, problem, takes, of_vendor)
    cost += _neighbours(model, problem, takes, of_slot)
    model.minimize(sum(cost))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    solver.parameters.random_seed = 1
    status = solver.solve(model, _FirstPlan(first))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {}, "no plan in the time"
    plan: Plan = {slot["id"]: None for slot in slots}
    for (v, s), variable in takes.items():
        if solver.value(variable):
            plan[slots[s]["id"]] = vendors[v]["id"]
    return plan, "its own optimum" if status == cp_model.OPTIMAL else ""


def _fairness(model: cp_model.CpModel, problem: Document, takes: dict, of_vendor: dict) -> list:
    slots, credit = problem["slots"], credits_of(problem)
    count, total = len(problem["vendors"]), sum(slot["weight"] for slot in slots) + sum(credit.values())
    most, fewest = model.new_int_var(0, len(slots), ""), model.new_int_var(0, len(slots), "")
    reach = count * (sum(slot["weight"] for slot in slots) + max(map(abs, credit.values()), default=0)) + abs(total)
    cost = [SPREAD * (most - fewest)]
    for v, vendor in enumerate(problem["vendors"]):
        own = [takes[v, s] for s in of_vendor[v]]
        turns = sum(own)
        model.add(turns <= vendor["max"])
        model.add(turns <= most)
        if own:
            model.add(turns >= fewest)
        missing = model.new_int_var(0, max(0, vendor["min"]), "")
        model.add(missing >= vendor["min"] - turns)
        cost.append(SHORT * missing)
        for day in range(problem["days"]):
            window = [takes[v, s] for s in of_vendor[v] if day <= slots[s]["day"] < day + gap_of(vendor)]
            if len(window) > 1:
                model.add_at_most_one(window)
        points = credit[vendor["id"]] + sum(slots[s]["weight"] * takes[v, s] for s in of_vendor[v])
        deviation = model.new_int_var(0, reach, "")
        model.add(deviation >= count * points - total)
        model.add(deviation >= total - count * points)
        cost.append(DEVIATION * deviation)
    return cost


def _neighbours(model: cp_model.CpModel, problem: Document, takes: dict, of_slot: dict) -> list:
    place = {(slot["session"], slot["pos"]): s for s, slot in enumerate(problem["slots"])}
    kinds = sorted({vendor["cat"] for vendor in problem["vendors"]})
    cost = []
    for (session, position), s in place.items():
        after = place.get((session, position + 1))
        if after is None:
            continue
        for kind in kinds:
            here, there = ([takes[v, slot] for v in of_slot[slot] if problem["vendors"][v]["cat"] == kind] for slot in (s, after))
            if here and there:
                both = model.new_bool_var("")
                model.add(sum(here) + sum(there) <= 1 + both)
                cost.append(NEIGHBOURS * both)
    return cost


if __name__ == "__main__":
    answer(solve)
