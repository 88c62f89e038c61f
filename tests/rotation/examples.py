"""Problems with a plan and the score that plan must get, one gzipped JSON document each."""

import gzip
import json
from pathlib import Path
from typing import Any

NAMES = ("S1", "S1-replan", "M1", "T1", "T2", "T3", "T4", "T5")


def load_example(name: str) -> dict[str, Any]:
    """{"problem", "plan", "score"}."""
    return json.loads(gzip.decompress((Path(__file__).parent / "examples" / f"{name}.json.gz").read_bytes()))  # type: ignore[no-any-return]
