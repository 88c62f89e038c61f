"""Closings, supplements and totals."""

from flask import Blueprint

blueprint = Blueprint("results", __name__, url_prefix="/panitia/<edition>/hasil")
