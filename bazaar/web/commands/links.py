"""Personal links of vendors and hosts."""

from flask.cli import AppGroup

commands = AppGroup("links", help="Personal links of vendors and hosts.")
