"""Every route says who may use it; a route that says nothing stops the start."""

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from flask import Flask, current_app, request

View = TypeVar("View", bound=Callable[..., object])


class Access(Enum):
    """Who may use a route. What is not yours does not exist: the answer to a foreign id is 404."""

    PUBLIC = "public"  # anybody
    SIGNED_IN = "signed_in"  # any account
    ORGANIZER = "organizer"  # an organizer of the bazaar that owns what the URL names (`edition` slug or `bazaar` slug)
    HOST = "host"  # a host or organizer of that bazaar, or whoever opened a host link of that very live session (`live_session_id`)
    DEVICE = "device"  # as HOST, or a device key of that live session in `Authorization: Bearer`
    VENDOR_LINK = "vendor_link"  # the token in the path is the permission
    PROVIDER = "provider"  # a message service that proves itself with the secret of that bazaar's channel account; the view checks it


def allow(access: Access) -> Callable[[View], View]:
    """Declare who may use a view: `@blueprint.get(...)` above, `@allow(Access.ORGANIZER)` below it."""

    def declare(view: View) -> View:
        view.access = access  # type: ignore[attr-defined] # the declaration rides on the function
        return view

    return declare


def access_of_request() -> Access:
    """The declaration of the view that this request reached; PUBLIC where it reached none (404, 405)."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "access", Access.PUBLIC)


_NAMED_BY: dict[Access | None, set[str]] = {
    Access.ORGANIZER: {"edition", "bazaar"},
    Access.HOST: {"live_session_id"},
    Access.DEVICE: {"live_session_id"},
    Access.VENDOR_LINK: {"token"},
    Access.PROVIDER: {"bazaar"},
}
"""What the path must name, so that the guard can tell whose it is: one of these."""


def refuse_undeclared_routes(app: Flask) -> None:
    """Raise when a route declares nobody, or does not name what its declaration is about. Called at the end of create_app."""
    undeclared = sorted(rule.endpoint for rule in app.url_map.iter_rules() if not hasattr(app.view_functions[rule.endpoint], "access"))
    if undeclared:
        raise RuntimeError(f"these routes do not say who may use them: {', '.join(undeclared)}")
    declared = {endpoint: getattr(view, "access", None) for endpoint, view in app.view_functions.items()}
    nameless = sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (needed := _NAMED_BY.get(declared[rule.endpoint])) and not needed & rule.arguments
    )
    if nameless:
        raise RuntimeError(f"these routes do not name what their access depends on: {', '.join(nameless)}")
