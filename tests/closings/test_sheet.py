"""The closings as a sheet: figures stay figures, and no cell is a formula."""

import csv
import io

import pytest
from flask import Flask

from bazaar.closings.close import close_due_turns
from bazaar.closings.queries import closing_list
from bazaar.closings.sheet import closings_sheet
from bazaar.database import transaction
from models import Vendor
from tests.sales.evening import Evening, make_evening, minutes, sale, void


def read_sheet(evening: Evening) -> list[dict[str, str]]:
    text = closings_sheet(closing_list(evening.edition_id), "Asia/Jakarta")
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_a_line_holds_the_figures_and_the_times_of_the_edition(app: Flask) -> None:
    evening = make_evening()
    wrong = sale(qty=1)
    evening.store(sale(qty=2), wrong)
    close_due_turns(now=minutes(18))
    evening.store(void(wrong), at=minutes(19))

    (line,) = read_sheet(evening)

    assert line["nomor"] == "1"
    assert (line["mulai"], line["rencana_tutup"], line["ditutup"]) == ("2026-05-05 20:00:00", "2026-05-05 20:17:00", "2026-05-05 20:18:00")
    assert (line["rupiah_saat_tutup"], line["rupiah_susulan"], line["rupiah_sekarang"]) == ("54000", "-18000", "36000")
    assert (line["rupiah_qris"], line["rupiah_transfer"]) == ("54000", "0")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+62 812", "-1+1", "@SUM(A1)", "  =1+1", "\t=1"])
def test_a_name_that_looks_like_a_formula_is_made_plain(app: Flask, name: str) -> None:
    evening = make_evening()
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_ids[0]).business_name = name
    close_due_turns(now=minutes(18))

    (line,) = read_sheet(evening)

    assert line["lapak"] == "'" + name


def test_names_with_commas_quotes_and_line_breaks_stay_in_their_cell(app: Flask) -> None:
    evening = make_evening()
    with transaction() as session:
        session.get_one(Vendor, evening.vendor_ids[0]).business_name = 'Tape "Kenanga",\nJember'
    close_due_turns(now=minutes(18))

    (line,) = read_sheet(evening)

    assert line["lapak"] == 'Tape "Kenanga",\nJember'
