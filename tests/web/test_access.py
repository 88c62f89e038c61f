"""Every route x every kind of visitor x own, foreign and missing names: whoever is not meant gets nothing and changes nothing.

What is expected follows from each view's own declaration. A new route whose address names something unknown here fails
`test_every_address_can_be_filled`: then add that name to `_ALIASES`, or its table to tests/web/neighbours.py.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.routing.converters import AnyConverter
from werkzeug.test import TestResponse

from app import create_app
from bazaar.database import db, migrate_database, reading
from bazaar.live.hub import Hub
from bazaar.tokens import new_token
from bazaar.web.access import Access, allow, refuse_undeclared_routes
from bazaar.web.register import BLUEPRINTS
from models import Base
from tests.conftest import KIND, FreshClient, World, make_settings
from tests.web.neighbours import Home, build_home

_ALIASES = {
    "draft_id": "import_draft",
    "job_id": "planning_job",
    "invitation_id": "account_token",
    "conflict_id": "entry_conflict",
    "order_id": "order_state",
}
"""Names in addresses that are not their table's: elsewhere `vendor_id` is a row of `vendor`."""

_SEEN_BY_NOBODY = {"audit", "beat", "digest", "worker_lease", "sending_hold", "entry", "sale", "void"}
"""Tables whose rows no address names: the trace, the scheduler's own, the letters in the morning, and what the ledger names by UUID."""

_FORM = {"kind": "ready", "role": "host", "reason": "coba", "email": "coba@example.org", "name": "Coba", "replace": "1"}
"""Enough for most forms to be taken seriously."""

MISSING_NUMBER = 987_654


@dataclass(frozen=True)
class Route:
    """One address and method, with what its view declares."""

    rule: Rule
    method: str
    access: Access

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


@dataclass(frozen=True)
class Caller:
    """Somebody who asks: a cookie or a device key, and whose."""

    kind: str
    cookie: str = ""
    device_key: str = ""
    home: Home | None = None

    @property
    def has_account(self) -> bool:
        return self.kind in {"organizer", "host by account", "former organizer"}

    @property
    def is_known(self) -> bool:
        return self.has_account or self.kind == "host by link"


# --- The stage -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stage(migrated_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One app and database for the whole walk: refused requests must leave it as it was, so they can share it."""
    folder = tmp_path_factory.mktemp("access")
    settings = make_settings(folder, _database_of_its_own(migrated_database, folder))
    app = create_app(settings, World().outside(settings))
    app.test_client_class = FreshClient
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["RATELIMIT_ENABLED"] = False
    with app.app_context():
        if KIND == "postgresql":
            migrate_database()
        yield app
        for hub in [value for value in app.extensions.values() if isinstance(value, Hub)]:
            hub.stop()
        db.session.remove()
        db.engine.dispose()


def _database_of_its_own(url: str, folder: Path) -> str:
    """Other tests empty the worker's database between them."""
    if KIND == "sqlite":
        copy = folder / "access.sqlite3"
        copy.write_bytes(Path(make_url(url).database or "").read_bytes())
        return f"sqlite:///{copy}"
    name = f"giliran_{uuid.uuid4().hex}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    server.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def ours(stage: Flask) -> Home:
    return build_home("A")


@pytest.fixture(scope="module")
def theirs(stage: Flask) -> Home:
    return build_home("B")


def routes_of(app: Flask, blueprint: str) -> list[Route]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] == blueprint]
    return [
        Route(rule, method, app.view_functions[rule.endpoint].access)  # type: ignore[attr-defined]
        for rule in rules
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def callers_of(home: Home) -> list[Caller]:
    kinds = ("organizer", "host by account", "host by link", "former organizer", "revoked sign-in")
    return [Caller("public", home=home), *(Caller(kind, cookie=home.sign_ins[kind], home=home) for kind in kinds)]


# --- Filling addresses ---------------------------------------------------------------------------------------------------


def value_of(route: Route, name: str, home: Home | None) -> Any:
    """What an address says for a name, for a thing of that bazaar; without a bazaar, for a thing that never was."""
    converter = route.rule._converters[name]
    if name == "token":
        return new_token() if home is None else home.tokens[route.rule.rule.split("/")[1]]
    if name in {"edition", "bazaar"}:
        return "tidak-pernah-ada" if home is None else getattr(home, name)
    if name == "number":
        return MISSING_NUMBER if home is None else home.number
    if name == "published_number":
        return MISSING_NUMBER if home is None else home.published_number
    if name == "secret":
        return new_token()  # a channel account's own, which nobody here knows
    if isinstance(converter, IntegerConverter):
        table = _ALIASES.get(name, name.removesuffix("_id"))
        return MISSING_NUMBER if home is None else home.ids[table]
    raise LookupError(f"say in tests/web/test_access.py what <{name}> in {route.rule.rule} names")


def ways_of(route: Route) -> list[dict[str, str]]:
    """Every choice that the address itself lists, as in <any(arsip, hapus):way>."""
    choices = {name: sorted(converter.items) for name, converter in route.rule._converters.items() if isinstance(converter, AnyConverter)}
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def names_of(route: Route) -> list[str]:
    """What the address names: things that belong to somebody."""
    return sorted(name for name, converter in route.rule._converters.items() if not isinstance(converter, AnyConverter))


def addresses(app: Flask, route: Route, homes: dict[str, Home | None]) -> list[str]:
    values = {name: value_of(route, name, homes[name]) for name in names_of(route)}
    with app.test_request_context():
        return [app.url_for(route.rule.endpoint, **values, **way) for way in ways_of(route)]


def all_from(route: Route, home: Home | None) -> dict[str, Home | None]:
    return dict.fromkeys(names_of(route), home)


def crossed(route: Route, home: Home, other: Home | None) -> list[dict[str, Home | None]]:
    """Own address, one foreign or missing thing inside it, for each thing in turn. Nothing may tell the two apart; where a form
    is asked to remove what is not there, "gone" is a fair answer, as long as it is the same one and nothing changed."""
    inner = [name for name in names_of(route) if name not in {"edition", "bazaar", "token"}]
    return [{**all_from(route, home), name: other} for name in inner if len(names_of(route)) > 1]


# --- Asking and judging --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What came back, read once."""

    status: int
    location: str
    body: str

    @property
    def asks_to_sign_in(self) -> bool:
        return self.status == 401 or (self.status == 303 and self.location.startswith("/masuk"))

    def __str__(self) -> str:
        return f"{self.status} {self.location}".strip()


def ask(app: Flask, caller: Caller, route: Route, address: str) -> Answer:
    client: FlaskClient = app.test_client()
    if caller.cookie:
        client.set_cookie("giliran", caller.cookie)
    headers = {"Authorization": f"Bearer {caller.device_key}"} if caller.device_key else {}
    data = _FORM if route.method == "POST" else None
    response: TestResponse = client.open(address, method=route.method, data=data, headers=headers)
    is_stream = response.mimetype == "text/event-stream"
    body = b"" if is_stream else response.get_data()
    response.close()
    return Answer(response.status_code, response.headers.get("Location", ""), body.decode(errors="replace"))


def is_meant(caller: Caller, access: Access, home: Home | None) -> bool:
    """Whether the declaration lets this caller use an address that names things of that bazaar."""
    if access is Access.PUBLIC:
        return True
    if home is None:
        return False
    is_mine = caller.home is home
    return {
        Access.SIGNED_IN: caller.has_account and is_mine,
        Access.ORGANIZER: caller.kind == "organizer" and is_mine,
        Access.HOST: caller.kind in {"organizer", "host by account", "host by link"} and is_mine,
        Access.DEVICE: caller.kind in {"organizer", "host by account", "host by link"} and is_mine,
        Access.VENDOR_LINK: True,  # whoever has the token
        Access.PROVIDER: False,  # nobody here signs as the account does
    }[access]


def refusal_is_right(caller: Caller, route: Route, answer: Answer) -> bool:
    """Strangers are asked to sign in, whatever the address names; people of other places hear that it does not exist."""
    if route.access is Access.VENDOR_LINK:
        return answer.status in {404, 410}
    if route.access is Access.PROVIDER:
        return answer.status == 404
    if not caller.is_known or (route.access is Access.SIGNED_IN and not caller.has_account):
        return answer.asks_to_sign_in
    return answer.status == 404


def snapshot() -> dict[str, list[Any]]:
    """Every row of every table, but for when a browser or link was last seen."""
    seen = {"last_seen_at", "last_opened_at"}
    rows: dict[str, list[Any]] = {}
    with reading() as session:
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.c if column.name not in seen]
            rows[table.name] = [tuple(row) for row in session.execute(select(*columns).order_by(*table.primary_key))]
    return rows


BLUEPRINT_NAMES = [blueprint.name for blueprint in BLUEPRINTS]


@pytest.mark.parametrize("blueprint", BLUEPRINT_NAMES)
def test_whoever_is_not_meant_gets_nothing_and_changes_nothing(stage: Flask, ours: Home, theirs: Home, blueprint: str) -> None:
    before = snapshot()
    wrong = []
    for route in routes_of(stage, blueprint):
        for caller in [*callers_of(ours), *callers_of(theirs)[1:4]]:
            for home in (ours, theirs, None) if names_of(route) else (caller.home,):
                if is_meant(caller, route.access, home):
                    continue
                for address in addresses(stage, route, all_from(route, home))[:1]:  # the guard looks at no choices
                    answer = ask(stage, caller, route, address)
                    if not refusal_is_right(caller, route, answer):
                        wrong.append(f"{caller.kind} of {caller.home.letter}: {route.method} {address} -> {answer}")
                    wrong += _leaks(caller, route, address, answer, (ours, theirs))

    assert wrong == []
    assert snapshot() == before


@pytest.mark.parametrize("blueprint", BLUEPRINT_NAMES)
def test_a_foreign_or_missing_thing_inside_ones_own_address_does_not_exist(stage: Flask, ours: Home, theirs: Home, blueprint: str) -> None:
    before = snapshot()
    wrong = []
    for route in routes_of(stage, blueprint):
        callers = [caller for caller in callers_of(ours) if is_meant(caller, route.access, ours) and route.access is not Access.PUBLIC]
        for caller, (foreign, missing) in product(callers[:1], zip(crossed(route, ours, theirs), crossed(route, ours, None), strict=True)):
            for pair in zip(addresses(stage, route, foreign), addresses(stage, route, missing), strict=True):
                one, other = (ask(stage, caller, route, address) for address in pair)
                if one.status != other.status:
                    wrong.append(f"{caller.kind}: {route.method} {pair[0]} -> {one}, but what never was: {other}")
                if route.method == "GET" and one.status != 404:
                    wrong.append(f"{caller.kind}: {route.method} {pair[0]} -> {one}")
                wrong += _leaks(caller, route, pair[0], one, (theirs,))

    assert wrong == []
    assert snapshot() == before


@pytest.mark.parametrize("blueprint", BLUEPRINT_NAMES)
def test_whoever_is_meant_gets_in_and_sees_nothing_foreign(stage: Flask, ours: Home, theirs: Home, blueprint: str) -> None:
    wrong = []
    for route in routes_of(stage, blueprint):
        kinds = [caller.kind for caller in callers_of(ours) if is_meant(caller, route.access, ours)]
        for kind in kinds[:1] if route.method == "POST" else kinds:
            home = build_home("C") if route.method == "POST" else ours  # what is allowed may change everything
            caller = next(caller for caller in callers_of(home) if caller.kind == kind)
            for address in addresses(stage, route, all_from(route, home)):
                answer = ask(stage, caller, route, address)
                is_refused = answer.status in {403, 404} and not names_ended(route)
                asks = answer.asks_to_sign_in and route.access is not Access.PUBLIC and not ends_sign_in(route)
                if (answer.status >= 500 and answer.status != 503) or asks or (is_refused and route.method == "GET"):
                    wrong.append(f"{kind}: {route.method} {address} -> {answer}")
                wrong += _leaks(caller, route, address, answer, (theirs,))

    assert wrong == []


def names_ended(route: Route) -> bool:
    """The first organizer's link works only while nobody has an account."""
    return route.rule.endpoint == "auth_pages.first_organizer"


@pytest.mark.parametrize("blueprint", BLUEPRINT_NAMES)
def test_a_public_address_of_something_that_never_was_says_so(stage: Flask, ours: Home, blueprint: str) -> None:
    wrong = []
    for route in routes_of(stage, blueprint):
        if route.access is not Access.PUBLIC or not names_of(route):
            continue
        for homes in [all_from(route, None), *crossed(route, ours, None)]:
            for address in addresses(stage, route, homes):
                answer = ask(stage, Caller("public"), route, address)
                if answer.status not in {404, 410}:
                    wrong.append(f"{route.method} {address} -> {answer}")

    assert wrong == []


def ends_sign_in(route: Route) -> bool:
    """After these one is asked to sign in, and should be."""
    return route.rule.endpoint in {"account.end_browser", "account.end_everywhere"}


def _leaks(caller: Caller, route: Route, address: str, answer: Answer, homes: tuple[Home, ...]) -> list[str]:
    """Names of a bazaar that this caller is not of. What is public is public; a link shows what it is for."""
    if route.access in {Access.PUBLIC, Access.VENDOR_LINK}:
        return []
    foreign = [home for home in homes if home is not caller.home or not caller.is_known]
    return [f"{caller.kind}: {route.method} {address} shows {home.secret}" for home in foreign if home.secret in answer.body]


# --- Hosts and devices: one live session, not the whole bazaar -----------------------------------------------------------


def test_a_host_link_opens_its_own_live_session_only(stage: Flask, ours: Home) -> None:
    caller = Caller("host by link", cookie=ours.sign_ins["host by link"], home=ours)

    statuses = {
        f"{route.method} {route.rule.rule}": ask(stage, caller, route, address).status
        for blueprint in BLUEPRINT_NAMES
        for route in routes_of(stage, blueprint)
        if route.access in {Access.HOST, Access.DEVICE}
        for address in _siblings(stage, route, ours)
    }

    assert statuses
    assert set(statuses.values()) == {404}


def test_a_device_key_appends_to_its_own_live_session_only(stage: Flask, ours: Home, theirs: Home) -> None:
    device = Caller("device", device_key=ours.device_key, home=ours)
    guess = Caller("device", device_key=new_token())

    for route in [route for name in BLUEPRINT_NAMES for route in routes_of(stage, name) if route.access is Access.DEVICE]:
        own, foreign, missing = (addresses(stage, route, all_from(route, home))[0] for home in (ours, theirs, None))

        assert ask(stage, device, route, own).status == 400  # let in; the form here is no batch of entries
        assert [ask(stage, device, route, address).status for address in (*_siblings(stage, route, ours), foreign, missing)] == [404] * 3
        assert [ask(stage, guess, route, address).status for address in (own, missing)] == [401, 401]


def test_a_device_key_opens_no_page(stage: Flask, ours: Home) -> None:
    device = Caller("device", device_key=ours.device_key, home=ours)
    routes = [route for name in BLUEPRINT_NAMES for route in routes_of(stage, name)]

    opened = [
        str(route)
        for route in routes
        if route.access in {Access.ORGANIZER, Access.SIGNED_IN, Access.HOST}
        for address in addresses(stage, route, all_from(route, ours))
        if not ask(stage, device, route, address).asks_to_sign_in
    ]

    assert opened == []


def _siblings(app: Flask, route: Route, home: Home) -> list[str]:
    values = {name: value_of(route, name, home) for name in names_of(route)}
    with app.test_request_context():
        return [app.url_for(route.rule.endpoint, **{**values, "live_session_id": home.sibling_live_session_id})]


def test_an_ended_link_or_one_for_another_door_opens_nothing(stage: Flask, ours: Home) -> None:
    """A revoked link, and every other token that is good somewhere else, at each door that a link opens."""
    before, wrong = snapshot(), []
    for route in [route for name in BLUEPRINT_NAMES for route in routes_of(stage, name) if route.access is Access.VENDOR_LINK]:
        door = route.rule.rule.split("/")[1]
        others = {part: token for part, token in ours.tokens.items() if part != door}
        for part, token in {f"ended {door}": ours.ended_tokens[door], **others}.items():
            values = {name: value_of(route, name, ours) for name in names_of(route)}
            with stage.test_request_context():
                address = stage.url_for(route.rule.endpoint, **{**values, "token": token})
            answer = ask(stage, Caller("public"), route, address)
            if answer.status not in {404, 410} or f"Lapak {ours.secret}" in answer.body:
                wrong.append(f"{part}: {route.method} {route.rule.rule} -> {answer}")

    assert wrong == []
    assert snapshot() == before


# --- The walk itself -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blueprint", BLUEPRINT_NAMES)
def test_every_address_can_be_filled(stage: Flask, ours: Home, blueprint: str) -> None:
    for route in routes_of(stage, blueprint):
        for home in (ours, None):
            assert addresses(stage, route, all_from(route, home))


def test_a_bazaar_of_the_walk_has_a_row_of_every_table(ours: Home) -> None:
    tables = {table.name for table in Base.metadata.sorted_tables}

    assert tables - set(ours.ids) - _SEEN_BY_NOBODY == set()


def test_every_route_is_walked(stage: Flask) -> None:
    walked = {route.rule.endpoint for name in BLUEPRINT_NAMES for route in routes_of(stage, name)}

    assert walked == {rule.endpoint for rule in stage.url_map.iter_rules()}


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40])
def test_a_number_no_database_holds_is_missing_not_an_error(stage: Flask, ours: Home, number: int) -> None:
    caller = Caller("organizer", cookie=ours.sign_ins["organizer"], home=ours)
    route = next(route for route in routes_of(stage, "vendors") if route.rule.endpoint == "vendors.show")

    assert ask(stage, caller, route, f"/panitia/{ours.edition}/lapak/{number}").status == 404


@pytest.mark.parametrize("path", ["/panitia/edisi%00x/lapak", "/e/%00", "/g/%00", "/masuk?next=%00"])
def test_a_zero_byte_is_refused_before_the_database_sees_it(stage: Flask, ours: Home, path: str) -> None:
    client = stage.test_client()
    client.set_cookie("giliran", ours.sign_ins["organizer"])

    assert client.get(path).status_code in {400, 404}


# --- Declarations --------------------------------------------------------------------------------------------------------


def test_the_start_fails_while_a_route_declares_nobody(app: Flask) -> None:
    @app.get("/terlupa")
    def forgotten() -> str:
        return ""

    with pytest.raises(RuntimeError, match="forgotten"):
        refuse_undeclared_routes(app)


@pytest.mark.parametrize(
    ("access", "path"),
    [
        (Access.ORGANIZER, "/rapat"),
        (Access.HOST, "/rapat/<int:slot_id>"),
        (Access.DEVICE, "/rapat/<edition>"),
        (Access.VENDOR_LINK, "/rapat/<int:vendor_id>"),
    ],
)
def test_the_start_fails_while_a_route_does_not_name_whose_it_is(app: Flask, access: Access, path: str) -> None:
    blueprint = Blueprint("rapat", __name__)
    blueprint.get(path, endpoint="show")(allow(access)(lambda **_names: ""))
    app.register_blueprint(blueprint)

    with pytest.raises(RuntimeError, match=r"rapat\.show"):
        refuse_undeclared_routes(app)
