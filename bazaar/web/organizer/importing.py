"""Importing files: dry run, problems by row, then yes."""

from flask import Blueprint

blueprint = Blueprint("importing", __name__, url_prefix="/panitia/<edition>/impor")
