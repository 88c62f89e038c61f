"""Several people and beats at the same moment: nobody's change is lost, nothing happens twice, and no lock ever reaches a person.

Every statement that takes a lock is followed by a short rest, so that two that would get in each other's way do. SQLite lets its
writers go one after the other; what is proved here is mostly about PostgreSQL.
"""

import random
import threading
import time as wall
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from bazaar.accounts.invitations import accept_invitation, invite
from bazaar.accounts.members import change_role, end_membership, members_page
from bazaar.closings.close import close_due_turns
from bazaar.database import db, reading
from bazaar.editions.build import build_rotation
from bazaar.editions.edition_settings import change_edition, read_edition_data
from bazaar.editions.importing.drafts import run_draft, save_draft
from bazaar.editions.importing.table import read_table
from bazaar.editions.live_sessions import (
    add_live_session,
    change_live_session,
    delete_live_session,
    read_live_session_data,
    return_live_session,
    withdraw_live_session,
)
from bazaar.editions.pins import pin_slot
from bazaar.editions.publish import publish_rotation
from bazaar.refusals import Refusal
from bazaar.reminders.dispatch import dispatch_due
from bazaar.reminders.hand import hand_list
from bazaar.reminders.lease import take_lease
from bazaar.reminders.plan import plan_missing
from bazaar.rotation.solve import solve
from bazaar.sales.conflicts import Choice, settle_conflict
from bazaar.sales.entry import store_entries
from bazaar.sales.queries import sold_by_slot
from bazaar.states import AnswerKind, Role, RotationState
from bazaar.vendors.answers import answer_turn
from bazaar.vendors.links import make_host_link, make_missing_links, replace_vendor_link, vendor_link
from bazaar.vendors.products import ProductData, add_product
from bazaar.vendors.registry import (
    add_vendor,
    archive_vendor,
    change_vendor,
    delete_vendor,
    read_vendor_data,
    return_vendor,
    withdraw_vendor,
)
from models import Closing, Edition, Entry, EntryConflict, Link, LiveSession, Membership, Product, Reminder, Rotation, Slot, Vendor
from tests import factories

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
_REST = 0.003

Job = Callable[[], Any]


@dataclass(frozen=True)
class Scene:
    """An edition in full swing: a turn that is over and not closed, one running, some ahead, a draft that waits."""

    edition_id: int
    bazaar_id: int
    vendor_ids: tuple[int, ...]  # the last one has no turn
    code: str
    running_id: int
    tomorrow_id: int
    unseen_id: int
    draft_id: int


@pytest.fixture
def scene(app: Flask) -> Scene:
    bazaar_id = factories.make_bazaar()
    edition_id = factories.make_edition(bazaar_id=bazaar_id)
    vendors = tuple(factories.make_vendor(edition_id) for _ in range(4))
    for vendor_id in vendors:
        factories.make_product(edition_id, vendor_id)
    running, tomorrow, unseen = (
        factories.make_live_session(edition_id, starts_at=NOW + away, slot_count=3)
        for away in (timedelta(minutes=-20), timedelta(days=1), timedelta(days=9))
    )
    first, second = factories.slot_ids(running)[:2]
    factories.make_rotation(edition_id, [(first, vendors[0]), (second, vendors[1]), (factories.slot_ids(tomorrow)[0], vendors[2])])
    plan_missing(now=NOW - timedelta(days=2))
    draft = build_rotation(edition_id, planner=solve, by=None, now=NOW)
    with reading() as session:
        code = session.scalars(select(Product.code).where(Product.vendor_id == vendors[0])).one()
    return Scene(edition_id, bazaar_id, vendors, code, running, tomorrow, unseen, draft.rotation_id)


@pytest.fixture
def slow_locks(app: Flask) -> Iterator[None]:
    """Whoever has just taken a lock rests a little before going on."""

    def rest(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("UPDATE", "INSERT", "DELETE")) or " FOR " in statement:
            wall.sleep(_REST)

    event.listen(db.engine, "after_cursor_execute", rest)
    yield
    event.remove(db.engine, "after_cursor_execute", rest)


def race(app: Flask, jobs: list[Job]) -> list[Any]:
    """What each job gave when all began together; the code of a refusal in its place. Anything else that is raised fails the test."""
    start = threading.Barrier(len(jobs))
    answers: list[Any] = [None] * len(jobs)
    problems: list[str] = []

    def run(index: int) -> None:
        with app.app_context():
            start.wait()
            try:
                answers[index] = jobs[index]()
            except Refusal as refusal:
                answers[index] = refusal.code
            except Exception as error:
                problems.append(f"job {index}: {type(error).__name__}: {str(error)[:300]}")

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    return answers


def sell(scene: Scene, live_session_id: int) -> Any:
    entry = {"uuid": str(uuid.uuid4()), "kind": "sale", "slot_position": 1, "product_code": scene.code, "qty": 1}
    return store_entries(live_session_id, [entry], now=NOW)


def everything(app: Flask, scene: Scene) -> dict[str, Job]:
    """What organizers, hosts, vendors and beats may do at the same moment."""
    with reading() as session:
        edition = session.get_one(Edition, scene.edition_id)
        settings, revision = read_edition_data(edition), edition.revision
        vendor = read_vendor_data(session, session.get_one(Vendor, scene.vendor_ids[0]))
        running, tomorrow = (
            read_live_session_data(session.get_one(LiveSession, id_), edition.timezone) for id_ in (scene.running_id, scene.tomorrow_id)
        )
    outside = app.extensions["giliran.outside"]
    edition_id, (first, _second, third, idle) = scene.edition_id, scene.vendor_ids
    ahead, pinned = factories.slot_ids(scene.tomorrow_id)[:2]
    who: dict[str, Any] = {"by": None, "now": NOW}
    return {
        "sale now": lambda: sell(scene, scene.running_id),
        "sale tomorrow": lambda: sell(scene, scene.tomorrow_id),
        "sale unseen": lambda: sell(scene, scene.unseen_id),
        "close": lambda: close_due_turns(now=NOW),
        "close again": lambda: close_due_turns(now=NOW),
        "withdraw": lambda: withdraw_vendor(edition_id, third, **who),
        "return": lambda: return_vendor(edition_id, third, **who),
        "archive": lambda: archive_vendor(edition_id, first, **who),
        "change vendor": lambda: change_vendor(edition_id, first, replace(vendor, note="catatan"), revision=0, **who),
        "delete vendor": lambda: delete_vendor(edition_id, idle, **who),
        "add vendor": lambda: add_vendor(edition_id, replace(vendor, business_name="Lapak baru"), **who),
        "pin": lambda: pin_slot(edition_id, pinned, idle, **who),
        "add product": lambda: add_product(edition_id, idle, ProductData("Z01", "Tape", 1_000), **who),
        "replace link": lambda: replace_vendor_link(edition_id, idle, factories.SECRET_KEY, **who),
        "host link": lambda: make_host_link(edition_id, scene.unseen_id, "Mbak Rani", factories.SECRET_KEY, expires_at=None, **who),
        "make links": lambda: make_missing_links(edition_id, factories.SECRET_KEY, **who),
        "hand list": lambda: hand_list(edition_id, outside.links, now=NOW),
        "publish": lambda: publish_rotation(scene.draft_id, **who),
        "build": lambda: build_rotation(edition_id, planner=solve, **who),
        "change live session": lambda: change_live_session(
            edition_id, scene.running_id, replace(running, host_name="Mbak Rani"), version=running.version, **who
        ),
        "move live session": lambda: change_live_session(
            edition_id, scene.tomorrow_id, replace(tomorrow, starts=time(21), ends=time(22)), version=tomorrow.version, **who
        ),
        "call off": lambda: withdraw_live_session(edition_id, scene.running_id, **who),
        "take place": lambda: return_live_session(edition_id, scene.running_id, **who),
        "delete live session": lambda: delete_live_session(edition_id, scene.unseen_id, **who),
        "add live session": lambda: add_live_session(edition_id, replace(tomorrow, on=date(2026, 5, 20)), **who),
        "change edition": lambda: change_edition(edition_id, replace(settings, reminder_leads=(60,)), revision=revision, **who),
        "answer": lambda: answer_turn(edition_id, ahead, third, AnswerKind.READY, **who),
        "plan": lambda: plan_missing(now=NOW),
        "dispatch": lambda: dispatch_due(outside, now=NOW),
    }


def assert_books_add_up() -> None:
    """One rotation is in force, every entry has its number, and closings are numbered without a gap."""
    with reading() as session:
        published = session.scalar(select(func.count()).where(Rotation.state == RotationState.PUBLISHED))
        counters = dict(session.execute(select(LiveSession.id, LiveSession.last_server_seq)).all())
        logged = dict(session.execute(select(Entry.live_session_id, func.count()).group_by(Entry.live_session_id)).all())
        closings = session.scalars(select(Closing.number).order_by(Closing.number)).all()
    assert published == 1
    assert {id_: count for id_, count in counters.items() if count} == logged
    assert list(closings) == list(range(1, len(closings) + 1))


@pytest.mark.parametrize("seed", range(2))
def test_all_at_once_nobody_meets_a_lock_and_the_books_still_add_up(app: Flask, scene: Scene, slow_locks: None, seed: int) -> None:
    jobs = list(everything(app, scene).values())
    random.Random(seed).shuffle(jobs)

    race(app, jobs)

    assert_books_add_up()


@pytest.mark.parametrize(
    "names",
    [
        ("change live session", "close"),
        ("call off", "close"),
        ("sale unseen", "delete live session"),
        ("change vendor", "archive"),
        ("delete vendor", "publish"),
        ("delete vendor", "pin"),
        ("delete vendor", "add product"),
        ("delete vendor", "replace link"),
        ("delete vendor", "make links"),
        ("delete live session", "host link"),
        ("make links", "replace link"),
        ("make links", "hand list"),
        ("hand list", "hand list"),
        ("withdraw", "dispatch"),
        ("publish", "withdraw"),
    ],
    ids=" + ".join,
)
def test_two_that_touch_the_same_rows_take_turns(app: Flask, scene: Scene, slow_locks: None, names: tuple[str, str]) -> None:
    jobs = everything(app, scene)

    race(app, [jobs[name] for name in names])

    assert_books_add_up()


def test_of_two_changes_of_the_same_vendor_one_counts_and_the_other_is_told(app: Flask, scene: Scene, slow_locks: None) -> None:
    with reading() as session:
        seen = read_vendor_data(session, session.get_one(Vendor, scene.vendor_ids[0]))

    def change(note: str) -> Job:
        return lambda: change_vendor(scene.edition_id, scene.vendor_ids[0], replace(seen, note=note), revision=0, by=None, now=NOW)

    answers = race(app, [change("satu"), change("dua")])

    assert sorted(answers, key=str) == [None, "changed_meanwhile"]


def test_of_two_changes_of_the_same_edition_one_counts_and_the_other_is_told(app: Flask, scene: Scene, slow_locks: None) -> None:
    with reading() as session:
        seen = read_edition_data(session.get_one(Edition, scene.edition_id))

    def change(name: str) -> Job:
        return lambda: change_edition(scene.edition_id, replace(seen, name=name), revision=0, by=None, now=NOW)

    answers = race(app, [change("Satu"), change("Dua")])

    assert sorted(answers, key=str) == [None, "changed_meanwhile"]


def test_of_two_changes_of_the_same_live_session_one_counts_and_the_other_is_told(app: Flask, scene: Scene, slow_locks: None) -> None:
    with reading() as session:
        seen = read_live_session_data(session.get_one(LiveSession, scene.tomorrow_id), "Asia/Jakarta")

    def change(name: str) -> Job:
        data = replace(seen, host_name=name)
        return lambda: change_live_session(scene.edition_id, scene.tomorrow_id, data, version=seen.version, by=None, now=NOW)

    answers = race(app, [change("Mbak Satu"), change("Mbak Dua")])

    assert [answer for answer in answers if answer == "changed_meanwhile"] == ["changed_meanwhile"]


def test_building_twice_gives_two_drafts_with_numbers_of_their_own(app: Flask, scene: Scene, slow_locks: None) -> None:
    built = race(app, [lambda: build_rotation(scene.edition_id, planner=solve, by=None, now=NOW)] * 2)

    assert len({each.number for each in built}) == 2


def test_publishing_twice_tells_everybody_once(app: Flask, scene: Scene, slow_locks: None) -> None:
    race(app, [lambda: publish_rotation(scene.draft_id, by=None, now=NOW)] * 3)

    with reading() as session:
        keys = session.scalars(select(Reminder.key)).all()
        assert session.get_one(Rotation, scene.draft_id).state is RotationState.PUBLISHED
    assert len(keys) == len(set(keys))


def test_importing_a_draft_twice_stores_it_once(app: Flask, scene: Scene, slow_locks: None) -> None:
    sheet = "nama_usaha,pemilik,kategori,whatsapp\nLapak Impor,Bu Impor,Camilan,081234567890\n"
    draft_id = save_draft(scene.edition_id, "vendors", read_table("lapak.csv", sheet.encode()), by=None, now=NOW)

    answers = race(app, [lambda: run_draft(scene.edition_id, draft_id, by=None, now=NOW)] * 2)

    assert "import_done" in answers
    with reading() as session:
        assert session.scalar(select(func.count()).where(Vendor.business_name == "Lapak Impor")) == 1


def test_an_invitation_is_good_once_however_often_its_button_is_pressed(app: Flask, scene: Scene, slow_locks: None) -> None:
    account_id = factories.make_account(email="tamu@example.org")
    invitation = invite(scene.bazaar_id, "tamu@example.org", Role.HOST, factories.SECRET_KEY, by=None, now=NOW)

    answers = race(app, [lambda: accept_invitation(invitation.token, account_id, now=NOW)] * 3)

    assert sorted(answers, key=str) == [None, "account_link_ended", "account_link_ended"]


def test_inviting_twice_leaves_one_invitation_open(app: Flask, scene: Scene, slow_locks: None) -> None:
    def send(seconds: int) -> Job:
        at = NOW + timedelta(seconds=seconds)
        return lambda: invite(scene.bazaar_id, "tamu@example.org", Role.HOST, factories.SECRET_KEY, by=None, now=at)

    race(app, [send(0), send(1), send(2)])

    page = members_page(scene.bazaar_id, factories.SECRET_KEY, account_id=None, now=NOW + timedelta(minutes=1))
    assert len(page.invitations) == 1


def test_two_organizers_who_remove_each_other_do_not_both_go(app: Flask, scene: Scene, slow_locks: None) -> None:
    for _ in range(2):
        factories.make_account(bazaar_id=scene.bazaar_id)
    with reading() as session:
        members = session.scalars(select(Membership.id).where(Membership.bazaar_id == scene.bazaar_id)).all()

    answers = race(
        app,
        [
            lambda: end_membership(scene.bazaar_id, members[0], by=None, now=NOW),
            lambda: change_role(scene.bazaar_id, members[1], Role.HOST, by=None, now=NOW),
        ],
    )

    assert sorted(answers, key=str) == [None, "last_organizer"]


def test_of_three_schedulers_one_gets_the_lease(app: Flask, slow_locks: None) -> None:
    for now in (NOW, NOW + timedelta(minutes=5)):  # the very first time, and when one took it over
        epochs = race(app, [partial(take_lease, owner, now=now) for owner in ("a", "b", "c")])

        assert sum(epoch is not None for epoch in epochs) == 1


def test_a_link_made_by_several_at_once_is_one_link(app: Flask, scene: Scene, slow_locks: None) -> None:
    nonces = race(app, [lambda: vendor_link(scene.edition_id, scene.vendor_ids[3], factories.SECRET_KEY, now=NOW)] * 4)

    with reading() as session:
        assert session.scalar(select(func.count()).where(Link.vendor_id == scene.vendor_ids[3])) == 1
    assert len(set(nonces)) == 1


@pytest.mark.usefixtures("slow_locks")
def test_of_opposite_decisions_about_a_conflict_one_holds_with_its_money_and_the_others_hear_no(app: Flask, scene: Scene) -> None:
    first = {"uuid": str(uuid.uuid4()), "kind": "sale", "slot_position": 1, "product_code": scene.code, "qty": 1, "unit_price_idr": 1000}
    store_entries(scene.running_id, [first], now=NOW)
    store_entries(scene.running_id, [{**first, "qty": 3}], now=NOW)
    by = factories.make_account(bazaar_id=scene.bazaar_id)
    with reading() as session:
        conflict_id = session.scalars(select(EntryConflict.id)).one()
        slot_ids = session.scalars(select(Slot.id).where(Slot.live_session_id == scene.running_id)).all()
    choices: list[Choice] = ["first", "second", "first", "second"]
    decisions = [partial(settle_conflict, scene.edition_id, conflict_id, choice=choice, by=by, now=NOW) for choice in choices]

    answers = race(app, [*decisions, lambda: sell(scene, scene.running_id) and None])

    [winner] = [choice for choice, answer in zip(choices, answers, strict=False) if answer != "conflict_settled"]
    with reading() as session:
        mine = select(func.count()).select_from(Entry).where(Entry.live_session_id == scene.running_id)
        assert session.scalar(mine) == {"first": 2, "second": 4}[winner]
        sold = sum(books.amount_idr for books in sold_by_slot(session, slot_ids).values())
        other = session.scalars(select(Product.price_idr).where(Product.code == scene.code)).one()
        assert sold - other == {"first": 1000, "second": 3000}[winner]
