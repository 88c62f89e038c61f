"""The board: the rotation, evenings by slots; build, pin, publish."""

from flask import Blueprint

blueprint = Blueprint("board", __name__, url_prefix="/panitia/<edition>/papan")
