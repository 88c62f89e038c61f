"""What is planned to be sent, and what went out."""

from flask.cli import AppGroup

commands = AppGroup("reminders", help="What is planned to be sent, and what went out.")
