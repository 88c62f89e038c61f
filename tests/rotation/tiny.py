"""Problems of a few slots and vendors, written out: what a trap is made of."""

from dataclasses import replace

from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, Rules

PIN_OF_NOBODY = "somebody we do not know"


def problem_of(
    *,
    slots: list[tuple[int, int]],  # (day, position)
    vendors: list[dict[str, object]],
    pins: dict[int, str] | None = None,
    adjacent: str = "soft",
    published: dict[str, str | None] | None = None,
    now: int = 0,
) -> Problem:
    """Slots s0, s1, ... of a quarter of an hour each; vendors v0, v1, ... who can always come unless told otherwise."""
    always = ProblemVendor("", "a", frozenset(), None, None, None, 0, 99, 1, None, ())
    return Problem(
        name="small",
        seed=1,
        days=1 + max((day for day, _ in slots), default=0),
        rules=Rules(1, 1, adjacent, ()),
        slots=tuple(
            ProblemSlot(f"s{row}", day, f"e{day}", place, 1200 + 15 * place, 15, 10, frozenset(), (pins or {}).get(row))
            for row, (day, place) in enumerate(slots)
        ),
        vendors=tuple(replace(always, id=f"v{row}", **vendor) for row, vendor in enumerate(vendors)),  # type: ignore[arg-type]
        published=published,
        now=now,
    )
