"""The closings as a sheet (CSV): for whoever keeps the books elsewhere. Text that a spreadsheet would run is made plain."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from bazaar.closings.queries import ClosingRow
from bazaar.localtime import localize
from bazaar.states import PaymentMethod

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_HEAD = (
    "nomor",
    "siaran",
    "urutan",
    "mulai",
    "selesai",
    "lapak",
    "pemilik",
    "kategori",
    "rencana_tutup",
    "ditutup",
    "pembelian",
    "barang",
    "rupiah_saat_tutup",
    "batal",
    "rupiah_batal",
    *(f"rupiah_{method.value}" for method in PaymentMethod),
    "paling_laku",
    "susulan",
    "rupiah_susulan",
    "rupiah_sekarang",
)


def closings_sheet(rows: Iterable[ClosingRow], timezone: str) -> str:
    """One line for each closing, times on the clocks of the edition. Begins with the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEAD)
    for row in rows:
        writer.writerow([_plain(cell) for cell in _cells(row, timezone)])
    return "\N{ZERO WIDTH NO-BREAK SPACE}" + out.getvalue()


def _cells(row: ClosingRow, timezone: str) -> list[str | int]:
    figures = row.figures
    return [
        figures.number,
        row.live_session,
        row.slot_position,
        _clock(row.starts_at, timezone),
        _clock(row.ends_at, timezone),
        row.vendor,
        row.owner,
        row.category,
        _clock(figures.planned_at, timezone),
        _clock(figures.closed_at, timezone),
        figures.sale_count,
        figures.item_count,
        figures.amount_idr,
        figures.void_count,
        figures.void_amount_idr,
        *(figures.by_payment.get(method.value, 0) for method in PaymentMethod),
        figures.best_product,
        len(row.supplements),
        row.supplement_amount_idr,
        row.current_amount_idr,
    ]


def _clock(instant: datetime, timezone: str) -> str:
    return f"{localize(instant, timezone):%Y-%m-%d %H:%M:%S}"


def _plain(cell: str | int) -> str | int:
    """Numbers stay numbers, also negative ones; a text that begins like a formula gets a quote in front."""
    if isinstance(cell, str) and cell.lstrip().startswith(_FORMULA_SIGNS):
        return "'" + cell
    return cell
