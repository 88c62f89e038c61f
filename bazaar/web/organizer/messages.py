"""Messages: the WhatsApp list to send by hand, and what went out."""

from flask import Blueprint

blueprint = Blueprint("messages", __name__, url_prefix="/panitia/<edition>/pesan")
