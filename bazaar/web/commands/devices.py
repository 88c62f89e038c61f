"""Phones and laptops that may log sales of a live session, each with a key of its own."""

import click

from bazaar.localtime import localize
from bazaar.sales.devices import add_device, device_lines, revoke_device
from bazaar.web.auth import now
from bazaar.web.commands.answering import Commands, live_session_named, print_json, worded
from bazaar.web.commands.options import with_json, with_live_session

commands = Commands("devices", help="Phones and laptops that may log sales.")


@commands.command("add")
@click.argument("name")
@with_live_session
@with_json
@worded
def add(name: str, live_session_id: int, as_json: bool) -> None:
    """Add the device NAME and print its key, and nothing else. The key is shown this once: only a hash is kept."""
    live_session = live_session_named(live_session_id)
    made = add_device(live_session.id, name, now=now())
    expires_at = localize(made.expires_at, live_session.edition.timezone)
    if as_json:
        print_json({"name": made.name, "live_session": live_session.id, "key": made.key, "expires_at": expires_at})
        return
    click.echo(made.key)
    click.echo(f"{made.name} may log sales until {expires_at:%Y-%m-%d %H:%M %Z}. The key is not shown again.", err=True)


@commands.command("list")
@with_live_session
@with_json
@worded
def list_devices(live_session_id: int, as_json: bool) -> None:
    """The devices of a live session; never a key."""
    live_session = live_session_named(live_session_id)
    timezone = live_session.edition.timezone
    lines = [(line, _state(line.revoked_at is not None, line.expires_at <= now())) for line in device_lines(live_session.id)]
    if as_json:
        devices = [{"name": line.name, "state": state, "expires_at": localize(line.expires_at, timezone)} for line, state in lines]
        print_json({"devices": devices})
        return
    for line, state in lines:
        click.echo(f"{state:<8}  {localize(line.expires_at, timezone):%Y-%m-%d %H:%M %Z}  {line.name}")
    click.echo(f"Devices: {len(lines)}" if lines else "There are no devices yet.", err=True)


@commands.command("revoke")
@click.argument("name")
@with_live_session
@worded
def revoke(name: str, live_session_id: int) -> None:
    """End the key of the device NAME at once; what it logged stays."""
    revoke_device(live_session_named(live_session_id).id, name, now=now())
    click.echo(f"The key of {name} has ended.", err=True)


def _state(is_revoked: bool, is_over: bool) -> str:
    if is_revoked:
        return "revoked"
    return "ended" if is_over else "good"
