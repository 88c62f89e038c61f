"""What every peer asks of a problem file. Standard library only: it runs in environments that have nothing of ours."""

import json
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

Document = dict[str, Any]
Plan = dict[str, "str | None"]


def fits(vendor: Document, slot: Document) -> bool:
    """Whether the vendor can come at all: day, hours, language; a pinned slot is for its vendor only."""
    return (
        slot["day"] not in vendor["off"]
        and (vendor["from"] is None or vendor["from"] <= slot["start"])
        and (vendor["to"] is None or slot["start"] + slot["len"] <= vendor["to"])
        and (vendor["lang"] is None or vendor["lang"] in slot["langs"])
        and slot["pin"] in (None, vendor["id"])
    )


def credits_of(problem: Document) -> dict[str, int]:
    """Points carried over, as the problem file defines them."""
    sums = {vendor["id"]: Fraction(0) for vendor in problem["vendors"]}
    for age, decay in enumerate(problem["rules"]["decay_pct"]):
        known = {vendor["id"]: past for vendor in problem["vendors"] if (past := (vendor["past"] + [None] * 9)[age]) is not None}
        mean = Fraction(sum(known.values()), max(1, len(known)))
        for vendor_id, points in known.items():
            sums[vendor_id] += Fraction(decay, 100) * (points - mean)
    return {vendor_id: (value + Fraction(1, 2)).__floor__() for vendor_id, value in sums.items()}


def gap_of(vendor: Document) -> int:
    """Days between two turns of the vendor: at least one."""
    return max(1, int(vendor["gap"]))


def answer(solve: Callable[[Document, float, Callable[[], None]], tuple[Plan, str]]) -> None:
    """Run `solve(problem, seconds, first)` on the command line's file; it calls `first()` when it has its first plan."""
    problem = json.loads(Path(sys.argv[1]).read_text())
    began = time.perf_counter()
    firsts: list[float] = []
    plan, note = solve(problem, float(sys.argv[2]), lambda: firsts.append(time.perf_counter() - began))
    seconds = time.perf_counter() - began
    print(json.dumps({"first": firsts[0] if firsts else (seconds if plan else None), "seconds": seconds, "plan": plan, "note": note}))
