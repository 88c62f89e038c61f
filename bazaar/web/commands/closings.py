"""The closed books of a live session."""

import click

from bazaar.closings.queries import ClosingRow, closing_list
from bazaar.editions.scope import EditionRef
from bazaar.localtime import localize
from bazaar.money import format_rupiah
from bazaar.web.commands.answering import Commands, live_session_named, print_json, worded
from bazaar.web.commands.options import with_json, with_live_session

commands = Commands("closings", help="The closed books of a live session.")


@commands.command("list")
@with_live_session
@with_json
@worded
def list_closings(live_session_id: int, as_json: bool) -> None:
    """The closings of one live session by number, with what came after."""
    edition = live_session_named(live_session_id).edition
    rows = closing_list(edition.id, live_session_id)
    if as_json:
        print_json({"live_session": live_session_id, "closings": [_document(row, edition) for row in rows]})
        return
    for row in rows:
        click.echo("  ".join(_columns(row, edition)))
    click.echo(f"{len(rows)} closings" if rows else "No turn of this live session has been closed yet.", err=True)


def _document(row: ClosingRow, edition: EditionRef) -> dict[str, object]:
    figures = row.figures
    return {
        "number": figures.number,
        "slot_position": row.slot_position,
        "vendor": row.vendor,
        "starts_at": localize(row.starts_at, edition.timezone),
        "ends_at": localize(row.ends_at, edition.timezone),
        "planned_at": localize(figures.planned_at, edition.timezone),
        "closed_at": localize(figures.closed_at, edition.timezone),
        "sale_count": figures.sale_count,
        "item_count": figures.item_count,
        "amount_idr": figures.amount_idr,
        "void_count": figures.void_count,
        "void_amount_idr": figures.void_amount_idr,
        "by_payment_method": figures.by_payment,
        "best_product": figures.best_product,
        "cut_server_seq": figures.cut_server_seq,
        "supplements": [
            {
                "number": line.number,
                "kind": line.kind,
                "uuid": line.uuid,
                "amount_idr": line.amount_idr,
                "created_at": localize(line.created_at, edition.timezone),
                "reason": line.reason,
            }
            for line in row.supplements
        ],
        "supplement_amount_idr": row.supplement_amount_idr,
        "current_amount_idr": row.current_amount_idr,
    }


def _columns(row: ClosingRow, edition: EditionRef) -> list[str]:
    figures = row.figures
    late = f"  {len(row.supplements)} supplements {format_rupiah(row.supplement_amount_idr)}" if row.supplements else ""
    return [
        f"{figures.number:>4}",
        f"{localize(row.starts_at, edition.timezone):%Y-%m-%d %H:%M}",
        f"closed {localize(figures.closed_at, edition.timezone):%Y-%m-%d %H:%M:%S %Z}",
        f"{figures.sale_count:>3} sales {figures.item_count:>4} pieces {format_rupiah(figures.amount_idr):>14}",
        row.vendor + late,
    ]
