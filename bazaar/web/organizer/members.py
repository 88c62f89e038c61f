"""Members of a bazaar: invite, change role, end."""

from flask import Blueprint

blueprint = Blueprint("members", __name__, url_prefix="/panitia/bazar/<bazaar>/anggota")
