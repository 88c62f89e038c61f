"""The ledger's door: entries in, verdicts out (contract in ARCHITECTURE.md, flow C)."""

from flask import Blueprint

blueprint = Blueprint("api_entries", __name__, url_prefix="/api/v1")
