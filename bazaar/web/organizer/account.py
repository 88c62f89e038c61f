"""My account: name, password, second factor, where I am signed in."""

from flask import Blueprint

blueprint = Blueprint("account", __name__, url_prefix="/akun")
