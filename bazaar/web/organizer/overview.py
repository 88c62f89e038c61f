"""Tonight: who is on, who is ready, what needs a hand."""

from flask import Blueprint

blueprint = Blueprint("overview", __name__, url_prefix="/panitia/<edition>")
