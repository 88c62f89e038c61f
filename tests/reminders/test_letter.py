"""What a message says: names, times with their zone, how soon, in Indonesian or English."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.reminders.letter import Letter, TurnWords, gather_letter, soon_words, turn_words
from bazaar.states import AnswerKind, ReminderKind
from bazaar.vendors.answers import answer_turn
from bazaar.vendors.message_language import letter_language
from models import Bazaar, Edition, Reminder, Vendor
from tests.conftest import START
from tests.reminders.stage import TURN_AT, change, set_stage

TURN = datetime(2026, 5, 5, 13, 15, tzinfo=UTC)  # Tuesday 20.15 WIB


@pytest.mark.parametrize(
    ("before", "indonesian", "english", "javanese"),
    [
        ({"seconds": 20}, "sebentar lagi", "in a moment", "sekedhap malih"),
        ({"minutes": 1}, "1 menit lagi", "in 1 minute", "1 menit malih"),
        ({"minutes": 9, "seconds": 40}, "10 menit lagi", "in 10 minutes", "10 menit malih"),
        ({"minutes": 10, "seconds": 20}, "10 menit lagi", "in 10 minutes", "10 menit malih"),
        ({"minutes": 30}, "30 menit lagi", "in 30 minutes", "30 menit malih"),
        ({"minutes": 89}, "89 menit lagi", "in 89 minutes", "89 menit malih"),
        ({"hours": 2}, "malam ini", "this evening", "dalu niki"),
        ({"hours": 20}, "malam ini", "this evening", "dalu niki"),
        ({"hours": 24}, "besok malam", "tomorrow evening", "benjing dalu"),
        ({"hours": 40}, "besok malam", "tomorrow evening", "benjing dalu"),
        ({"hours": 48}, "Selasa malam", "on Tuesday evening", "Slasa dalu"),
    ],
)
def test_how_soon_a_turn_is(before: dict[str, float], indonesian: str, english: str, javanese: str) -> None:
    now = TURN - timedelta(**before)

    assert soon_words(TURN, "Asia/Jakarta", "id", now=now) == indonesian
    assert soon_words(TURN, "Asia/Jakarta", "en", now=now) == english
    assert soon_words(TURN, "Asia/Jakarta", "jv", now=now) == javanese


@pytest.mark.parametrize(("hour", "words"), [(0, "dini hari"), (4, "pagi"), (11, "siang"), (15, "sore"), (18, "malam"), (23, "malam")])
def test_the_part_of_the_day_is_named_as_people_do(hour: int, words: str) -> None:
    turn = datetime(2026, 5, 5, 17, 0, tzinfo=UTC) + timedelta(hours=hour)  # Wednesday 00.00 WIB and on

    assert soon_words(turn, "Asia/Jakarta", "id", now=turn - timedelta(hours=24)) == f"besok {words}"


@pytest.mark.parametrize(
    ("zone", "day", "clock", "enter"),
    [
        ("Asia/Jakarta", "Selasa, 5 Mei", "20.15 WIB", "20.05 WIB"),
        ("Asia/Makassar", "Selasa, 5 Mei", "21.15 WITA", "21.05 WITA"),
        ("Asia/Jayapura", "Selasa, 5 Mei", "22.15 WIT", "22.05 WIT"),
        ("Pacific/Auckland", "Rabu, 6 Mei", "01.15 NZST", "01.05 NZST"),
    ],
)
def test_every_time_is_of_the_editions_zone_and_says_so(zone: str, day: str, clock: str, enter: str) -> None:
    words = turn_words(TURN, zone, "id", now=TURN - timedelta(days=3), ends_at=TURN + timedelta(minutes=15))

    assert (words.day, words.clock, words.whole, words.minutes, words.enter) == (day, clock, f"{day}, {clock}", 15, enter)
    assert f"{words.time} {words.zone}" == clock


def test_ten_minutes_before_it_is_time_to_come_in() -> None:
    assert turn_words(TURN, "Asia/Jakarta", "id", now=TURN - timedelta(minutes=11)).enter == "20.05 WIB"
    assert turn_words(TURN, "Asia/Jakarta", "id", now=TURN - timedelta(minutes=10)).enter == ""


@pytest.mark.parametrize(
    ("languages", "language"),
    [([], "id"), (["Indonesia", "Inggris"], "id"), (["Inggris"], "en"), (["Inggris", "Jawa"], "en"), (["Madura"], "id")],
)
def test_english_is_for_those_who_speak_no_indonesian(languages: list[str], language: str) -> None:
    assert letter_language(Vendor(languages=languages, message_language="")) == language


@pytest.mark.parametrize("chosen", ["id", "en", "jv"])
def test_the_language_that_was_chosen_comes_before_those_that_are_spoken(chosen: str) -> None:
    assert letter_language(Vendor(languages=["Inggris"], message_language=chosen)) == chosen


def gather(edition_id: int, *, now: datetime) -> Letter | None:
    with transaction() as session:
        reminder = session.scalars(select(Reminder).where(Reminder.edition_id == edition_id).order_by(Reminder.due_at)).first()
        assert reminder is not None
        return gather_letter(session, reminder, link="https://giliran.example/g/x", now=now)


@pytest.mark.usefixtures("app")
def test_a_letter_holds_what_the_tables_say_now() -> None:
    stage = set_stage(now=START, vendor={"owner_name": "Hj. Mariyam", "business_name": "Prol Tape", "featured_product": "prol tape"})
    with reading() as session:
        edition = session.get_one(Edition, stage.edition_id)
        bazaar = session.get_one(Bazaar, edition.bazaar_id)
    answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], AnswerKind.READY, now=START)
    answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], AnswerKind.UNABLE, now=START + timedelta(hours=1))

    assert gather(stage.edition_id, now=TURN_AT - timedelta(hours=24)) == Letter(
        kind=ReminderKind.BEFORE,
        language="id",
        name="Hj. Mariyam",
        you="Ibu",
        business_name="Prol Tape",
        goods="prol tape",
        edition_name=edition.name,
        bazaar_name=bazaar.name,
        help_phone="(0331) 000100",
        help_phone_e164="+62331000100",
        link="https://giliran.example/g/x",
        turn=TurnWords(day="Selasa, 5 Mei", clock="20.00 WIB", time="20.00", zone="WIB", soon="besok malam", enter="19.50 WIB", minutes=15),
        answer="unable",
    )


@pytest.mark.usefixtures("app")
def test_names_steer_nothing() -> None:
    stage = set_stage(
        now=START, vendor={"owner_name": "Bu Siti\r\nBcc: semua@example.com", "business_name": "Tape\N{RIGHT-TO-LEFT OVERRIDE}"}
    )

    letter = gather(stage.edition_id, now=START)

    assert letter is not None
    assert (letter.name, letter.business_name) == ("Bu Siti Bcc: semua@example.com", "Tape")


@pytest.mark.usefixtures("app")
def test_there_is_nothing_to_say_about_a_turn_that_is_no_longer_the_vendors() -> None:
    stage = set_stage(now=START)
    change(Vendor, stage.vendors[0], withdrawn_at=START)

    assert gather(stage.edition_id, now=START) is None
