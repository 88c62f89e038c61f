"""How the API says no where the general words do not fit."""

from flask import Blueprint, Response, jsonify

from bazaar.web.language import current_language
from bazaar.web.words.sales import KEY_REFUSED


def answer_in_json(blueprint: Blueprint) -> None:
    """Word a refused key or an ended sign-in for the client: what to do, and that nothing is lost."""

    @blueprint.errorhandler(401)
    def _unauthorized(_error: Exception) -> Response:
        response = jsonify(error="unauthorized", message=KEY_REFUSED.text(current_language()))
        response.status_code = KEY_REFUSED.status
        response.headers["Cache-Control"] = "no-store"
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
