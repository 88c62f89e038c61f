"""One step of a frontier: so many changes, this plan, this fair. No numpy: pages read this."""

from dataclasses import dataclass
from typing import Any

from bazaar.rotation.problem import Plan
from bazaar.rotation.score import Score


@dataclass(frozen=True)
class RepairStep:
    """A repair that no plan with as many changes was found to beat. `proved`: the parts of which that is certain."""

    changes: int
    score: Score
    plan: Plan
    proved: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> "RepairStep":
        """The step behind its JSON form, with or without what is proved."""
        return cls(document["changes"], Score(**document["score"]), document["plan"], tuple(document.get("proved", ())))

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that the command line prints."""
        return {"changes": self.changes, "score": self.score.as_dict(), "plan": dict(self.plan)}
