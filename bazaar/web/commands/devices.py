"""Phones and laptops that may log sales."""

from flask.cli import AppGroup

commands = AppGroup("devices", help="Phones and laptops that may log sales.")
