"""Vendors and their products: list, add, change, withdraw, archive."""

from flask import Blueprint

blueprint = Blueprint("vendors", __name__, url_prefix="/panitia/<edition>/lapak")
