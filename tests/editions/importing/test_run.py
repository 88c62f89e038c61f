"""Importing: every problem by row, all rows or none, and nothing the second time."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest
from flask import Flask

from bazaar.database import reading, transaction
from bazaar.editions.edition_settings import archive_edition
from bazaar.editions.importing.run import KINDS, check_import, run_import
from bazaar.editions.importing.sheets import as_csv, as_xlsx, export_rows, required_columns, template_rows
from bazaar.editions.importing.table import Table, read_pasted, read_table
from bazaar.editions.live_sessions import add_live_session
from bazaar.refusals import Refusal
from bazaar.reminders.plan import replace_plan
from bazaar.states import ReminderKind
from models import Audit, Availability, LiveSession, PastTurn, Product, Reminder, Slot, Vendor, Wish
from tests import factories
from tests.conftest import START
from tests.editions.evenings import evening

SAMPLE = Path(__file__).parents[3] / "bazaar" / "demo" / "jember-1442"
VENDOR = "nama_usaha\tpemilik\tkategori\twhatsapp\n"
PRODUCT = "nama_usaha\tkode\tnama_produk\tharga_idr\n"
SESSION = "tanggal\tmulai\tselesai\tmenit_per_giliran\n"


@pytest.fixture
def edition_id(app: Flask) -> int:
    return factories.make_edition()


def run(edition_id: int, kind: str, text: str) -> tuple[int, int, int]:
    """Store pasted cells; (added, changed, unchanged)."""
    result = run_import(edition_id, kind, read_pasted(text), by=None, now=START)
    return result.added_count, result.changed_count, result.unchanged_count


def problems(edition_id: int, kind: str, text: str) -> list[tuple[int | None, str | None, str]]:
    found = check_import(edition_id, kind, read_pasted(text), now=START).problems
    return [(problem.row, problem.column, problem.code) for problem in found]


def sample(kind: str) -> Table:
    return read_table(f"{kind}.csv", (SAMPLE / f"{kind}.csv").read_bytes())


def test_the_sample_edition_comes_in_whole_goes_out_and_in_again_without_a_change(app: Flask) -> None:
    edition_id = factories.make_edition(starts_on=date(2021, 4, 13), ends_on=date(2021, 5, 12))

    kinds = [kind for kind in KINDS if kind != "viewers"]  # its viewers are invented as its evenings are played

    added = {kind: run_import(edition_id, kind, sample(kind), by=None, now=START).added_count for kind in kinds}
    again = [run_import(edition_id, kind, sample(kind), by=None, now=START) for kind in kinds]
    returned = [
        run_import(edition_id, kind, read_table("x", write(export_rows(edition_id, kind))), by=None, now=START)
        for kind in kinds
        for write in (as_csv, as_xlsx)
    ]

    with reading() as session:
        counts = [session.query(table).count() for table in (Vendor, Product, PastTurn, LiveSession, Slot)]
        traces = session.query(Audit).count()
    assert added == {"vendors": 73, "products": 205, "history": 118, "sessions": 42}
    assert counts == [73, 205, 118, 42, 252]
    assert {(result.added_count, result.changed_count) for result in [*again, *returned]} == {(0, 0)}
    assert traces == 4  # what changes nothing leaves no trace


def test_every_problem_is_named_by_row_and_column_and_nothing_is_stored(edition_id: int) -> None:
    text = (
        "nama_usaha\tpemilik\tkategori\twhatsapp\temail\thari_tidak_bisa\n"
        "Tape\tBu Siti\tCamilan\t081200001024\t\t\n"
        "Batik\t\tKriya\t0812\tsiti@\tbesok\n"
        "\tPak Budi\tKriya\t081200001025\t\t\n"
        "TAPE\tBu Siti\tCamilan\t081200001024\t\t\t\tlebih\n"
    )

    found = problems(edition_id, "vendors", text)
    with pytest.raises(Refusal) as refused:
        run(edition_id, "vendors", text)

    assert found == [
        (3, "email", "email_wrong"),
        (3, "hari_tidak_bisa", "day_wrong"),
        (3, "pemilik", "cell_empty"),
        (3, "whatsapp", "phone_wrong_length"),
        (4, "nama_usaha", "cell_empty"),
        (5, None, "row_too_long"),
        (5, None, "row_twice"),
    ]
    with reading() as session:
        assert (refused.value.code, refused.value.values, session.query(Vendor).count()) == ("import_has_problems", {"count": 7}, 0)


def test_a_problem_carries_the_text_of_its_cell(edition_id: int) -> None:
    check = check_import(edition_id, "vendors", read_pasted(VENDOR + "Tape\tBu Siti\tCamilan\tbesok"), now=START)

    assert [problem.cell for problem in check.problems] == ["besok"]
    assert (check.row_count, check.problem_row_count, check.additions) == (1, 1, ())


def test_a_vendor_is_known_by_name_and_only_columns_of_the_sheet_change(edition_id: int) -> None:
    run(
        edition_id,
        "vendors",
        VENDOR[:-1] + "\thari_tidak_bisa\tjam_pilihan\tbahasa\nTape\tBu Siti\tCamilan\t081200001024\tJumat\tmalam\tJawa",
    )

    check = check_import(edition_id, "vendors", read_pasted(VENDOR + "tape\tBu Siti Aminah\tCamilan\t0812-0000-1024"), now=START)
    counts = run(edition_id, "vendors", VENDOR + "Tape\tBu Siti Aminah\tCamilan\t0812-0000-1024")

    assert [(change.column, change.before, change.after) for change in check.changes[0].changes] == [
        ("nama_usaha", "Tape", "tape"),
        ("pemilik", "Bu Siti", "Bu Siti Aminah"),
    ]
    with reading() as session:
        vendor, day, wish = session.query(Vendor).one(), session.query(Availability).one(), session.query(Wish).one()
    assert (counts, vendor.owner_name, vendor.revision, vendor.languages) == ((0, 1, 0), "Bu Siti Aminah", 1, ["Jawa"])
    assert (day.weekday, wish.from_minute) == (4, 18 * 60)


def test_goods_need_a_vendor_and_the_likely_name_is_given(edition_id: int) -> None:
    factories.make_vendor(edition_id, business_name="Dapur Tape Kenanga")
    text = PRODUCT + "Dapur Tape Kenangga\tK01\tTape\tmurah\nKopi\tK02\tKopi\t15rb\n"

    check = check_import(edition_id, "products", read_pasted(text), now=START)

    assert [(problem.row, problem.column, problem.code, problem.values.get("near", "")) for problem in check.problems] == [
        (2, "harga_idr", "price_wrong", ""),
        (2, "nama_usaha", "vendor_unknown_near", "Dapur Tape Kenanga"),
        (3, "nama_usaha", "vendor_unknown", ""),
    ]


def test_a_code_belongs_to_one_vendor_and_a_price_may_change(edition_id: int) -> None:
    tape, batik = factories.make_vendor(edition_id, business_name="Tape"), factories.make_vendor(edition_id, business_name="Batik")
    factories.make_product(edition_id, tape, code="K01", price_idr=10_000, name="Tape besek")

    wrong = problems(edition_id, "products", PRODUCT + "Batik\tk01\tKain\t50rb")
    counts = run(edition_id, "products", PRODUCT + "tape\tk01\tTape besek\t12.500\nBatik\tB01\tKain\t1,5 jt")

    with reading() as session:
        prices = {product.code: (product.vendor_id, product.price_idr) for product in session.query(Product)}
    assert (wrong, counts) == ([(2, "kode", "product_of_another")], (1, 1, 0))
    assert prices == {"K01": (tape, 12_500), "B01": (batik, 1_500_000)}


def test_history_lies_before_the_edition(edition_id: int) -> None:
    factories.make_vendor(edition_id, business_name="Tape")
    header = "edition\ttanggal\tjam\tnama_usaha\tmenit_tayang\n"

    wrong = problems(edition_id, "history", header + "Edisi I\t2026-05-04\t20.00\tTape\t15")
    counts = run(edition_id, "history", header + "Edisi I\t3 Mei 2026\t20.00 WIB\tTAPE\t15")

    assert (wrong, counts) == ([(2, "tanggal", "not_before_edition")], (1, 0, 0))


def test_live_sessions_of_a_sheet_are_checked_against_each_other_and_the_register(edition_id: int) -> None:
    add_live_session(edition_id, evening(date(2026, 5, 8)), by=None, now=START)
    text = SESSION + (
        "2026-05-05\t20.00\t21.30\t15\n"
        "2026-05-05\t21.00\t22.00\t15\n"
        "2026-06-05\t20.00\t21.30\t15\n"
        "2026-05-08\t19.00\t20.30\t15\n"
        "2026-05-09\t20.00\t20.05\t15\n"
    )

    assert problems(edition_id, "sessions", text) == [
        (3, "mulai", "live_session_overlaps"),
        (4, "tanggal", "outside_edition"),
        (5, "mulai", "live_session_overlaps"),
        (6, "menit_per_giliran", "slots_do_not_fit"),
    ]


def test_a_long_live_session_meets_all_that_begin_within_it(edition_id: int) -> None:
    text = SESSION + "2026-05-05\t10.00\t20.00\t15\n2026-05-05\t11.00\t12.00\t15\n2026-05-05\t13.00\t14.00\t15\n"

    assert [row for row, _, _ in problems(edition_id, "sessions", text)] == [3, 4]


def test_a_sheet_may_make_room_for_what_it_adds(edition_id: int) -> None:
    add_live_session(edition_id, evening(date(2026, 5, 5)), by=None, now=START)

    counts = run(edition_id, "sessions", SESSION + "2026-05-05\t20.00\t20.45\t15\n2026-05-05\t20.45\t21.30\t15\n")

    assert counts == (1, 1, 0)


def test_a_sheet_that_says_evening_for_an_afternoon_is_asked_about_it(edition_id: int) -> None:
    text = "tanggal\tsesi\tmulai\tselesai\tmenit_per_giliran\n2026-05-05\tmalam\t15.30\t17.00\t15"

    assert problems(edition_id, "sessions", text) == [(2, "sesi", "part_differs")]


def test_published_slots_are_safe_from_a_sheet(edition_id: int) -> None:
    live_session_id = add_live_session(edition_id, evening(date(2026, 5, 5)), by=None, now=START)
    vendor_id = factories.make_vendor(edition_id)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[5], vendor_id)])

    assert problems(edition_id, "sessions", SESSION + "2026-05-05\t20.00\t21.00\t15") == [(2, "menit_per_giliran", "slots_in_use")]


def test_a_sheet_that_only_lengthens_tells_nobody_and_names_hosts(edition_id: int) -> None:
    live_session_id = add_live_session(edition_id, evening(date(2026, 5, 5)), by=None, now=START)
    factories.make_rotation(edition_id, [(factories.slot_ids(live_session_id)[0], factories.make_vendor(edition_id))])
    with transaction() as session:
        replace_plan(session, edition_id, previous=[], now=START)
    text = "tanggal\tmulai\tselesai\tmenit_per_giliran\thost\tbahasa\n2026-05-05\t20.00\t22.00\t15\tRani\tJawa\n"

    counts = run(edition_id, "sessions", text)

    with reading() as session:
        row = session.query(LiveSession).one()
        kinds = {reminder.kind for reminder in session.query(Reminder)}
    assert (counts, row.host_name, row.languages, kinds) == ((0, 1, 0), "Rani", ["jv"], {ReminderKind.BEFORE})


def test_past_midnight_comes_in_and_goes_out(edition_id: int) -> None:
    run(edition_id, "sessions", SESSION + "2026-05-05\t23.00\t00.30\t15")

    assert [row[:5] for row in export_rows(edition_id, "sessions")][1] == ["2026-05-05", "malam", "23:00", "00:30", "15"]


def test_a_sheet_without_its_columns_names_those_only(edition_id: int) -> None:
    assert problems(edition_id, "products", "nama\tharga\nTape\t15rb") == [
        (1, "nama_usaha", "column_missing"),
        (1, "kode", "column_missing"),
        (1, "nama_produk", "column_missing"),
    ]


def test_an_archived_edition_takes_no_sheet(edition_id: int) -> None:
    archive_edition(edition_id, by=None, now=START)

    for act in (
        lambda: problems(edition_id, "vendors", VENDOR + "T\tS\tC\t081200001024"),
        lambda: run(edition_id, "vendors", VENDOR + "T\tS\tC\t1"),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "edition_archived"


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_the_templates_can_be_imported_one_after_the_other_as_they_are(app: Flask, write: Callable[..., bytes]) -> None:
    edition_id = factories.make_edition(timezone="Asia/Jayapura", starts_on=date(2026, 5, 4), ends_on=date(2026, 5, 4))

    for kind, count in (("vendors", 3), ("products", 3), ("sessions", 2), ("history", 2)):
        table = read_table("contoh", write(template_rows(edition_id, kind)))
        found = check_import(edition_id, kind, table, now=START)
        assert (found.problems, len(found.additions), set(required_columns(kind)) <= set(table.columns)) == ((), count, True)
        run_import(edition_id, kind, table, by=None, now=START)


def test_start_times_are_the_editions_own(app: Flask) -> None:
    edition_id = factories.make_edition(timezone="Asia/Makassar")

    run(edition_id, "sessions", SESSION + "2026-05-05\t20.00 WITA\t21.30 wita\t15")

    with reading() as session:
        assert session.query(LiveSession).one().starts_at.time() == time(12)
