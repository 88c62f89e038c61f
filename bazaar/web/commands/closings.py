"""The closed books of a live session."""

from flask.cli import AppGroup

commands = AppGroup("closings", help="The closed books of a live session.")
