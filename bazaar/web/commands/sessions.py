"""The live sessions of an edition."""

from flask.cli import AppGroup

commands = AppGroup("sessions", help="The live sessions of an edition.")
