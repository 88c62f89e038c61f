"""The sample edition."""

from flask.cli import AppGroup

commands = AppGroup("demo", help="The sample edition.")
