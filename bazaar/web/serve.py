"""Two supervised processes: the web server and the scheduler."""

from bazaar.settings import Settings


def serve(settings: Settings, arguments: list[str]) -> int:
    """Run until told to stop; 0 after a clean stop."""
    raise NotImplementedError
