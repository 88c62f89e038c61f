"""Links of vendors and hosts: show, replace, revoke."""

from flask import Blueprint

blueprint = Blueprint("links", __name__, url_prefix="/panitia/<edition>/tautan")
