"""What `diagnose` answers: groups that cannot all have what they ask for, and what would help. No numpy: pages read this."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["pin_stranger", "pin_obstacle", "few_vendors", "few_slots", "both"]
"""pin_stranger: pinned to somebody who is not there; pin_obstacle: pinned to somebody who cannot stand there, or two pins that
exclude each other; few_vendors: the slots need more vendors than can come; few_slots: the guarantees need more slots than there
are for these vendors; both: either could be had, but not together."""

RepairKind = Literal[
    "ask_hours",
    "ask_day",
    "open_slot",
    "drop_language",
    "withdraw_pin",
    "raise_max",
    "lower_gap",
    "allow_neighbours",
    "lower_guarantee",
    "close_slot",
]
"""From the cheapest to the dearest."""


@dataclass(frozen=True)
class Repair:
    """One thing an organizer can do. `leaves`: what is still missing to the group afterwards."""

    kind: RepairKind
    leaves: int
    details: Mapping[str, Any]  # vendor, slot, day, start, count, gap, to: whatever the kind needs

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that the command line prints."""
        return {"kind": self.kind, **self.details, "leaves": self.leaves}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Repair":
        """The repair behind its JSON form."""
        details = {key: value for key, value in document.items() if key not in {"kind", "leaves"}}
        return cls(document["kind"], document["leaves"], details)


@dataclass(frozen=True)
class Conflict:
    """A group that cannot be satisfied: `missing` slots stay empty, or turns are missing to guarantees, or pins break.

    Every member counts: without any one of the slots (few_slots: vendors) fewer would be missing. `core` is the smallest group in
    it that is impossible on its own, with one missing; the same group where one is missing in all.
    """

    level: str  # the part of the score that cannot be nought: hard, unfilled, short
    kind: Kind
    reason: str  # of a pin: the obstacle; else empty
    vendors: tuple[str, ...]
    slots: tuple[str, ...]
    missing: int
    core_vendors: tuple[str, ...]
    core_slots: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that the command line prints."""
        return {
            "level": self.level,
            "kind": self.kind,
            "reason": self.reason or None,
            "vendors": list(self.vendors),
            "slots": list(self.slots),
            "missing": self.missing,
            "core": {"vendors": list(self.core_vendors), "slots": list(self.core_slots)},
            "repairs": [repair.as_dict() for repair in self.repairs],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Conflict":
        """The conflict behind its JSON form."""
        return cls(
            level=document["level"],
            kind=document["kind"],
            reason=document["reason"] or "",
            vendors=tuple(document["vendors"]),
            slots=tuple(document["slots"]),
            missing=document["missing"],
            core_vendors=tuple(document["core"]["vendors"]),
            core_slots=tuple(document["core"]["slots"]),
            repairs=tuple(Repair.from_dict(repair) for repair in document["repairs"]),
        )


@dataclass(frozen=True)
class Diagnosis:
    """Everything that cannot be satisfied; empty where everything can, or nothing is proved impossible."""

    conflicts: tuple[Conflict, ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that the command line prints."""
        return {"conflicts": [conflict.as_dict() for conflict in self.conflicts]}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Diagnosis":
        """The diagnosis behind its JSON form."""
        return cls(tuple(Conflict.from_dict(conflict) for conflict in document["conflicts"]))
