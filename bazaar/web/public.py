"""What everybody may see: the timetable, who is on now, each vendor's products."""

from flask import Blueprint

blueprint = Blueprint("public", __name__, url_prefix="")
