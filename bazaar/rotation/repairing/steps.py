"""One step of a frontier: so many changes, this plan, this fair. No numpy: pages read this."""

from dataclasses import dataclass
from typing import Any

from bazaar.rotation.problem import Plan
from bazaar.rotation.result import Result
from bazaar.rotation.score import Score


@dataclass(frozen=True)
class RepairStep:
    """The fairest repair that was found with so many changes; `result` says what of it is proved."""

    changes: int
    result: Result

    @property
    def score(self) -> Score:
        """How fair it is."""
        return self.result.score

    @property
    def plan(self) -> Plan:
        """Who stands where."""
        return self.result.plan

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> "RepairStep":
        """The step behind its long form."""
        return cls(document["changes"], Result.from_dict(document))

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that the command line prints."""
        return {"changes": self.changes, "score": self.score.as_dict(), "plan": dict(self.plan)}

    def with_proofs(self) -> dict[str, Any]:
        """The long form: with bounds, what is proved, and the digest."""
        return {"changes": self.changes, **self.result.as_dict()}
