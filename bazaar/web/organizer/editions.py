"""My bazaars and editions; making and setting up an edition."""

from flask import Blueprint

blueprint = Blueprint("editions", __name__, url_prefix="/panitia")
