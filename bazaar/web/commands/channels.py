"""By which channels messages reach vendors, and a message to try one, for whoever runs the server."""

import sys

import click

from bazaar.phones import PhoneError, parse_phone
from bazaar.reminders.channel_list import ChannelLine, channels_page
from bazaar.reminders.channel_trial import TRIABLE, send_trial
from bazaar.reminders.channels.kinds import KINDS, Address
from bazaar.states import ChannelName
from bazaar.web.auth import now, outside
from bazaar.web.commands.answering import Commands, edition_named, print_json, worded
from bazaar.web.commands.options import with_edition, with_json

commands = Commands("channels", help="By which channels messages reach vendors.")


@commands.command("list")
@with_edition
@with_json
@worded
def list_channels(slug: str, as_json: bool) -> None:
    """Every channel, the first to be tried first: how it is, how many vendors it reaches, what it said last. Never a secret."""
    page = channels_page(edition_named(slug).id, outside(), now=now())
    if as_json:
        print_json({"channels": [_document(line) for line in page.lines], "vendors": page.vendor_count, "by_hand_only": page.by_hand_count})
        return
    for line in page.lines:
        click.echo(
            f"{line.channel.value:<9} {line.state.value:<11} reaches {line.reach_count} of {page.vendor_count}  {line.last_error}".rstrip()
        )
    click.echo(f"{page.by_hand_count} vendors are reached by no machine.", err=True)


@commands.command("test")
@click.argument("channel", type=click.Choice([name.value for name in TRIABLE]))
@click.argument("address")
@with_edition
@with_json
@worded
def test_channel(channel: str, address: str, slug: str, as_json: bool) -> None:
    """Send one real message over CHANNEL to ADDRESS: a telephone number, an e-mail address or a chat. Exits with 1 where it did not go."""
    name = ChannelName(channel)
    trial = send_trial(edition_named(slug).id, name, _address(name, address), world=outside(), by=None, now=now())
    if as_json:
        print_json({"sent": trial.is_sent, "unclear": trial.is_unclear, "reason": trial.reason or None})
    elif trial.is_sent:
        click.echo("Sent.")
    else:
        click.echo(f"{'Perhaps not sent' if trial.is_unclear else 'Not sent'}: {trial.reason}", err=True)
    if not trial.is_sent:
        sys.exit(1)


def _address(channel: ChannelName, address: str) -> str:
    if KINDS[channel].address is not Address.PHONE:
        return address
    try:
        return parse_phone(address)
    except PhoneError as error:
        raise click.BadParameter("this is no mobile number", param_hint="ADDRESS") from error


def _document(line: ChannelLine) -> dict[str, object]:
    return {
        "channel": line.channel,
        "state": line.state,
        "reaches": line.reach_count,
        "is_own": line.is_own,
        "daily_limit": line.daily_limit,
        "sent_in_24_hours": line.sent_count,
        "last_ok_at": line.last_ok_at,
        "retry_at": line.retry_at,
        "last_error": line.last_error or None,
    }
