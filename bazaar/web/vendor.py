"""The vendor's page: one sentence, one time, two answers."""

from flask import Blueprint

blueprint = Blueprint("vendor", __name__, url_prefix="")
