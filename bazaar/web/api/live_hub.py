"""The live hub of this process and app."""

import os

from flask import Flask

from bazaar.database import db
from bazaar.live.hub import Hub, VersionOf
from bazaar.live.queries import state_version
from bazaar.outside import Outside
from bazaar.refusals import Refusal
from bazaar.web.auth import this_app


def live_hub() -> Hub:
    """The hub of the current app, made at first use; a forked child makes its own."""
    app = this_app()
    name = f"giliran.hub.{os.getpid()}"
    return app.extensions.get(name) or app.extensions.setdefault(name, Hub(db.engine, _version_of(app)))  # type: ignore[no-any-return] # stored here


def _version_of(app: Flask) -> VersionOf:
    outside: Outside = app.extensions["giliran.outside"]

    def version_of(live_session_id: int) -> str | None:
        with app.app_context():
            try:
                return state_version(live_session_id, now=outside.clock())
            except Refusal:
                return None

    return version_of
