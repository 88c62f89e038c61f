"""Live sessions for the tests of editions."""

from datetime import date, time
from typing import Any

from bazaar.editions.live_sessions import LiveSessionData


def evening(on: date, **changes: Any) -> LiveSessionData:
    """20.00 to 21.30 on that day, six slots of 15 minutes."""
    return LiveSessionData(**{"on": on, "starts": time(20), "ends": time(21, 30), **changes})
