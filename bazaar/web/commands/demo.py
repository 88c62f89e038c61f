"""The sample edition: load it, give it a fresh evening."""

import click

from bazaar.database import migrate_database
from bazaar.demo.evening import add_evening
from bazaar.demo.load import demo_edition_id, demo_organizer_id, load_demo
from bazaar.refusals import Refusal
from bazaar.web.auth import outside, settings
from bazaar.web.commands.answering import Commands, print_json, worded
from bazaar.web.commands.options import with_json

commands = Commands("demo", help="The sample edition: 73 invented vendors, 42 live sessions.")


@commands.command("load")
@click.option("--as-dated", is_flag=True, help="Keep the dates of 2021 instead of moving them to this week.")
@with_json
@worded
def load(as_dated: bool, as_json: bool) -> None:
    """Migrate an empty database and load the sample edition into it, published."""
    _refuse_in_production()
    migrate_database()
    loaded = load_demo(outside(), as_dated=as_dated, now=outside().clock())
    if as_json:
        print_json({"edition": "ramadhan-1442", "live_session": loaded.live_session_id})
        return
    click.echo("The edition ramadhan-1442 is loaded and published.")
    if loaded.live_session_id is not None:
        click.echo(f"On air now: live session {loaded.live_session_id}.")


@commands.command("evening")
@with_json
@worded
def evening(as_json: bool) -> None:
    """Add a live session that began 20 minutes ago to the sample edition."""
    _refuse_in_production()
    live_session_id = add_evening(demo_edition_id(), outside().planner, by=demo_organizer_id(), now=outside().clock())
    if as_json:
        print_json({"edition": "ramadhan-1442", "live_session": live_session_id})
        return
    click.echo(f"On air since 20 minutes ago: live session {live_session_id}.")
    click.echo(f"Its console: {outside().links.page(f'/siaran/{live_session_id}')}")


def _refuse_in_production() -> None:
    if settings().is_production:
        raise Refusal("demo_in_production")
