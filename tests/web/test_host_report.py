"""What a host notes besides sales, with an account or by a host link: minutes that were lost, and how many watch."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bazaar.database import reading
from bazaar.editions.air_reports import air_turns
from bazaar.editions.audience import audience_of
from models import AirReport, Audit
from tests import factories
from tests.conftest import START


@pytest.fixture
def evening(client: FlaskClient, world: Any) -> tuple[int, int, int]:
    """(live session id, slot id, host link id): signed in by a host link, twenty minutes into the evening."""
    edition_id = factories.make_edition()
    live_session_id = factories.make_live_session(edition_id, starts_at=START, slot_count=3)
    slots = factories.slot_ids(live_session_id)
    vendors = [factories.make_vendor(edition_id, business_name=name) for name in ("Tape Bu Sri", "Kopi Pak Ali", "Batik Ayu")]
    factories.make_rotation(edition_id, list(zip(slots, vendors, strict=True)))
    link_id, _ = factories.make_link(edition_id, live_session_id=live_session_id)
    factories.sign_in(client, factories.make_sign_in(link_id=link_id))
    world.wait(minutes=20)
    return live_session_id, slots[0], link_id


def test_a_host_finds_the_report_from_the_console_and_notes_lost_minutes(
    client: FlaskClient, evening: tuple[int, int, int], world: Any
) -> None:
    live_session_id, slot_id, link_id = evening
    path = f"/siaran/{live_session_id}/laporan"

    console, form = client.get(f"/siaran/{live_session_id}").text, client.get(path).text
    noted = client.post(
        f"{path}/terputus", data={"slot": slot_id, "lost_minutes": "10", "reason": "Kabel lepas"}, follow_redirects=True
    ).text

    assert path in console
    assert ("Tape Bu Sri" in form, "Batik Ayu" in form) == (True, False)  # the third turn is still ahead
    assert ("Dicatat. Giliran ini gagal, jadi tidak dihitung." in noted, "Gagal, 5 dari 15 menit tayang." in noted) == (True, True)
    assert [turn.has_failed for turn in air_turns(live_session_id, now=world.now)] == [True, False]
    with reading() as session:
        assert session.query(AirReport.link_id).scalar() == link_id
        assert session.query(Audit.actor).filter_by(action="note_loss").scalar() == "tautan pembawa acara"


def test_a_host_cannot_reach_a_turn_of_another_evening(client: FlaskClient, evening: tuple[int, int, int]) -> None:
    live_session_id, _, _ = evening
    edition_id = factories.make_edition()
    other = factories.make_live_session(edition_id, starts_at=START)
    factories.make_rotation(edition_id, [(factories.slot_ids(other)[0], factories.make_vendor(edition_id))])

    answer = client.post(
        f"/siaran/{live_session_id}/laporan/terputus",
        data={"slot": factories.slot_ids(other)[0], "lost_minutes": "10", "reason": "Kabel lepas"},
    )

    assert answer.status_code == 422
    assert air_turns(other, now=START)[0].notes == ()


def test_a_mistake_of_a_host_is_named_and_nothing_typed_is_lost(client: FlaskClient, evening: tuple[int, int, int]) -> None:
    live_session_id, slot_id, _ = evening
    path = f"/siaran/{live_session_id}/laporan"

    too_many = client.post(f"{path}/terputus", data={"slot": slot_id, "lost_minutes": "16", "reason": "Kabel lepas"})
    no_number = client.post(f"{path}/penonton", data={"hour": "", "viewer_count": "ramai"})

    assert (too_many.status_code, "Giliran ini 15 menit." in too_many.text, 'value="Kabel lepas"' in too_many.text) == (422, True, True)
    assert (no_number.status_code, "Isi dengan angka bulat" in no_number.text) == (422, True)


@pytest.mark.parametrize(
    ("lost_minutes", "told"),
    [
        ("0", "Semua menit giliran ini tayang."),
        ("1", "Menit yang hilang tidak dihitung"),
        ("15", "Giliran ini gagal, jadi tidak dihitung."),
    ],
)
def test_the_answer_says_what_the_note_really_does(
    client: FlaskClient, evening: tuple[int, int, int], lost_minutes: str, told: str
) -> None:
    live_session_id, slot_id, _ = evening
    note = {"slot": slot_id, "lost_minutes": lost_minutes, "reason": "Kabel lepas"}

    text = client.post(f"/siaran/{live_session_id}/laporan/terputus", data=note, follow_redirects=True).text

    assert f"Dicatat. {told}" in text
    assert "gantinya" not in text


@pytest.mark.parametrize("minutes", ["-1", "16", "2000", "9" * 30])
def test_the_limit_that_is_told_is_the_turns_own(client: FlaskClient, evening: tuple[int, int, int], minutes: str) -> None:
    live_session_id, slot_id, _ = evening
    note = {"slot": slot_id, "lost_minutes": minutes, "reason": "Kabel lepas"}

    answer = client.post(f"/siaran/{live_session_id}/laporan/terputus", data=note)

    assert (answer.status_code, "Giliran ini 15 menit. Isi antara 0 dan 15." in answer.text) == (422, True)


@pytest.mark.parametrize("count", ["-1", "10000001", "9" * 30])
def test_the_limit_of_viewers_is_told_readably(client: FlaskClient, evening: tuple[int, int, int], count: str) -> None:
    answer = client.post(f"/siaran/{evening[0]}/laporan/penonton", data={"hour": "", "viewer_count": count})

    assert (answer.status_code, "Isi antara 0 dan 10 juta penonton" in answer.text) == (422, True)


def test_viewers_of_an_hour_that_has_not_come_can_neither_be_chosen_nor_noted(
    client: FlaskClient, evening: tuple[int, int, int], world: Any
) -> None:
    edition_id = factories.make_edition()
    live_session_id = factories.make_live_session(edition_id, starts_at=START, slot_count=12)
    link_id, _ = factories.make_link(edition_id, live_session_id=live_session_id)
    factories.sign_in(client, factories.make_sign_in(link_id=link_id))
    hour = audience_of(live_session_id)[2].starts_at
    assert hour is not None
    path = f"/siaran/{live_session_id}/laporan"

    offered, noted = client.get(path).text, client.post(f"{path}/penonton", data={"hour": hour.isoformat(), "viewer_count": "85"})
    world.now = hour
    later = client.get(path).text

    assert (hour.isoformat() in offered, hour.isoformat() in later) == (False, True)
    assert (noted.status_code, [each.viewer_count for each in audience_of(live_session_id) if each.viewer_count]) == (422, [])


def test_a_host_notes_viewers(client: FlaskClient, evening: tuple[int, int, int]) -> None:
    live_session_id, _, _ = evening

    answer = client.post(f"/siaran/{live_session_id}/laporan/penonton", data={"hour": "", "viewer_count": "85"}, follow_redirects=True)

    assert "85 penonton" in answer.text
    assert audience_of(live_session_id)[0].viewer_count == 85


def test_before_the_evening_there_is_nothing_to_report(client: FlaskClient, evening: tuple[int, int, int], world: Any) -> None:
    world.wait(hours=-2)

    text = client.get(f"/siaran/{evening[0]}/laporan").text

    assert ("Belum ada giliran yang mulai." in text, "Siaran ini belum mulai." in text) == (True, True)
