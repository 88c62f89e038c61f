"""The list of blueprints and command groups: what the application consists of."""

from flask import Flask

from bazaar.web import auth_pages, health, host, public, vendor, vendor_news
from bazaar.web.api import entries, events, providers
from bazaar.web.commands import accounts, backup, closings, demo, devices, doctor, importing, links, reminders, rotation, sessions
from bazaar.web.commands import channels as channel_commands
from bazaar.web.organizer import (
    account,
    board,
    channels,
    editions,
    holds,
    live_sessions,
    members,
    message_texts,
    messages,
    overview,
    planning,
    repair,
    results,
    vendor_ways,
    vendors,
)
from bazaar.web.organizer import (
    importing as import_pages,
)
from bazaar.web.organizer import (
    links as link_pages,
)

BLUEPRINTS = (
    auth_pages.blueprint,
    account.blueprint,
    editions.blueprint,
    channels.blueprint,
    overview.blueprint,
    board.blueprint,
    planning.blueprint,
    repair.blueprint,
    vendors.blueprint,
    vendor_ways.blueprint,
    live_sessions.blueprint,
    import_pages.blueprint,
    link_pages.blueprint,
    messages.blueprint,
    holds.blueprint,
    message_texts.blueprint,
    results.blueprint,
    members.blueprint,
    host.blueprint,
    vendor.blueprint,
    vendor_news.blueprint,
    vendor_news.worker_blueprint,
    public.blueprint,
    entries.blueprint,
    events.blueprint,
    providers.blueprint,
    health.blueprint,
)
COMMANDS = (
    accounts.commands,
    importing.commands,
    rotation.commands,
    reminders.commands,
    channel_commands.commands,
    sessions.commands,
    closings.commands,
    devices.commands,
    links.commands,
    demo.commands,
    backup.command,
    doctor.command,
)


def register(app: Flask) -> None:
    """Attach every blueprint and command."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
