"""Build, publish and show the rotation."""

from flask.cli import AppGroup

commands = AppGroup("rotation", help="Build, publish and show the rotation.")
