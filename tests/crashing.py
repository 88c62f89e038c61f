"""A planner that kills itself by a signal the first times it is asked, then answers as the real one: `python -m tests.crashing ...`.

CRASH_FOLDER holds a file for each signal still to come, named after its number; each is used up.
"""

import os
import signal
import sys
from pathlib import Path

from bazaar.rotation.__main__ import main


def tell(folder: Path, *signals: signal.Signals) -> None:
    """Have the next children die of these."""
    folder.mkdir(exist_ok=True)
    for place, number in enumerate(signals):
        (folder / f"{place}-{int(number)}").touch()


def crash_if_told() -> None:
    """Die of the next signal, if one is left."""
    told = sorted(Path(os.environ["CRASH_FOLDER"]).iterdir())
    if told:
        told[0].unlink()
        os.kill(os.getpid(), int(told[0].name.split("-")[1]))


if __name__ == "__main__":
    crash_if_told()
    sys.exit(main())
