"""The real world in one frozen object: the clock, the channels, the addresses of links. Tests replace it whole or in part."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from bazaar.clock import Clock, system_clock
from bazaar.planner import AskPlanner, Watch, add_reasons, ask_apart, watch_idly
from bazaar.reminders.channel_accounts import ChannelRack
from bazaar.reminders.channels.base import Channel
from bazaar.reminders.channels.console import ConsoleChannel
from bazaar.reminders.channels.email import EmailChannel, is_local_mail, is_sender
from bazaar.reminders.channels.push import PushChannel
from bazaar.reminders.channels.vapid import contact_of
from bazaar.reminders.world import Guard, Unguarded
from bazaar.rotation.problem import Problem
from bazaar.rotation.result import Result
from bazaar.settings import Settings, SettingsError
from bazaar.states import ChannelName
from bazaar.tokens import token_of_link

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LinkPrinter:
    """Writes out absolute addresses. Always from PUBLIC_URL, never from what a request claims its host to be."""

    public_url: str
    secret_key: str

    def vendor(self, nonce: str) -> str:
        """The personal page of the vendor whose link has this nonce."""
        return f"{self.public_url}/g/{token_of_link(self.secret_key, nonce)}"

    def host(self, nonce: str) -> str:
        """The door to the console for the host whose link has this nonce."""
        return f"{self.public_url}/h/{token_of_link(self.secret_key, nonce)}"

    def page(self, path: str) -> str:
        """Any page of this deployment, by its absolute path."""
        return self.public_url + path


@dataclass(frozen=True)
class Outside:
    """Everything beyond the process that a use case may touch."""

    clock: Clock
    channels: Mapping[ChannelName, Channel]
    links: LinkPrinter
    ask_planner: AskPlanner = ask_apart
    rack: ChannelRack = field(default_factory=ChannelRack)  # channels that bazaars opened themselves, as far as this process built them
    guard: Guard = field(default_factory=Unguarded)  # the scheduler puts one that remembers in its place
    is_mail_local: bool = False  # the mail server stands on this machine: mail of a demo edition may go to it

    def planner(self, problem: Problem, *, watch: Watch = watch_idly) -> Result:
        """A rotation for the problem, with what cannot be satisfied."""
        document = self.ask_planner("solve", problem, watch=watch)
        return Result.from_dict(add_reasons(document, self.ask_planner, problem, watch=watch))


def real_outside(settings: Settings) -> Outside:
    """The world as the settings describe it. A channel without its credential is left out. Raises SettingsError."""
    if not is_sender(settings.mail_from):
        raise SettingsError(f"MAIL_FROM is {settings.mail_from!r}; it must look like Giliran <giliran@example.org>.")
    channels: list[Channel] = []
    if not settings.is_production:
        channels.append(ConsoleChannel())
    if settings.smtp_url:
        channels.append(EmailChannel(settings.smtp_url, settings.mail_from))
    else:
        log.info("SMTP_URL is not set: no e-mail is sent")
    if settings.is_secure_context:
        contact = contact_of(settings.mail_from, settings.public_url)
        channels.append(PushChannel(settings.secret_key, contact, allows_loopback=not settings.is_production))
    else:
        log.info("PUBLIC_URL is not https: browsers show no notifications")
    return Outside(
        clock=system_clock,
        channels={channel.name: channel for channel in channels},
        links=LinkPrinter(settings.public_url, settings.secret_key),
        is_mail_local=is_local_mail(settings.smtp_url),
    )
