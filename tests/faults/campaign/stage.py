"""The world of one campaign: a database, bazaars with real channels, local services with a memory, and schedulers to be ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event, func, select

from app import create_app
from bazaar.database import db, migrate_database, reading, transaction
from bazaar.outside import real_outside
from bazaar.reminders.channel_accounts import seal_fields
from bazaar.settings import read_settings
from bazaar.states import ChannelName, DeliveryState
from models import ChannelAccount, Delivery, LiveSession, Reminder, Slot, Vendor, WorkerLease
from tests.factories import CREATED_AT, make_bazaar, make_edition
from tests.faults.campaign.clock import SharedClock
from tests.reminders.channels.doubles.fonnte import Fonnte
from tests.reminders.channels.doubles.gateway import Gateway
from tests.reminders.channels.doubles.server import Call, Delivered, Reply, Service, running
from tests.reminders.channels.doubles.telegram import Telegram
from tests.reminders.channels.doubles.whatsapp import WhatsApp
from tests.reminders.channels.sink import Sink, running_sink
from tests.reminders.stage import publish

ROOT = Path(__file__).resolve().parents[3]
SECRET_KEY = "only-for-tests-0123456789-abcdefghijkl"
MADE_BY: dict[ChannelName, type[Service]] = {
    ChannelName.WHATSAPP: WhatsApp,
    ChannelName.FONNTE: Fonnte,
    ChannelName.WEBHOOK: Gateway,
    ChannelName.TELEGRAM: Telegram,
}


@dataclass(frozen=True)
class Seen:
    """A call that came to a service. `mark` names its message as well as the service can."""

    channel: ChannelName
    mark: str
    at: datetime


@dataclass(frozen=True)
class Group:
    """Vendors of one bazaar, who are written to over one channel, with e-mail behind it or a person's hand."""

    channel: ChannelName
    vendor_count: int
    has_email: bool = False
    slug: str = ""
    edition_id: int = 0
    first_email: str = ""


@dataclass
class CampaignStage:
    """What a campaign plays on."""

    folder: Path
    app: Flask
    clock: SharedClock
    sink: Sink
    services: dict[ChannelName, Service]
    nursery: subprocess.Popen[str]
    seen: list[Seen] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    last_turn_ends_at: datetime | None = None
    reported_count: int = 0
    slugs: dict[str, str] = field(default_factory=dict)

    # --- Schedulers ---------------------------------------------------------------------------------------------------

    def start(self, point: str = "-", nth: int = 1) -> int:
        """A scheduler; its process id. Told a point, it kills itself there when it comes by for the nth time."""
        return int(self._tell(f"start {point} {nth}"))

    def kill(self, pid: int) -> int:
        """`kill -9`, and wait for its end."""
        _signal(pid, signal.SIGKILL)
        return self.reap(pid)

    def stop(self, pid: int) -> int:
        """Ask it to end, as a supervisor does."""
        _signal(pid, signal.SIGTERM)
        return self.reap(pid)

    def reap(self, pid: int) -> int:
        """Wait for the end of a scheduler; its exit code, negative where a signal ended it."""
        return int(self._tell(f"reap {pid}"))

    def said(self) -> str:
        """What all schedulers wrote."""
        log = self.folder / "schedulers.log"
        return log.read_text() if log.exists() else ""

    def _tell(self, command: str) -> str:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(command + "\n")
        self.nursery.stdin.flush()
        return self.nursery.stdout.readline()

    # --- Bazaars ------------------------------------------------------------------------------------------------------

    def settle(
        self, group: Group, *, first_turn_in: timedelta, every: timedelta, leads: Sequence[int] = (30, 10), service: Service | None = None
    ) -> Group:
        """A bazaar whose vendors stand one after the other, `every` so often, the first of them `first_turn_in` from now."""
        made = settle_bazaar(
            group,
            number=len(self.groups),
            now=self.clock(),
            first_turn_in=first_turn_in,
            every=every,
            leads=leads,
            service=service or self.services.get(group.channel),
        )
        self.groups.append(made)
        ends_at = self.clock() + first_turn_in + group.vendor_count * every
        self.last_turn_ends_at = max(self.last_turn_ends_at or ends_at, ends_at)
        return made

    def post(self, path: str, *, data: bytes, headers: dict[str, str]) -> int:
        """What a service posts to the web application. In a context of its own: a request reads the clock once."""
        with self.app.app_context():
            return self.app.test_client().post(path, data=data, headers=headers).status_code

    # --- Looks --------------------------------------------------------------------------------------------------------

    def in_flight(self, *, of: int | None = None) -> set[tuple[int, int]]:
        """(delivery, attempt) of which the database says that a call began, by one process or any, and nobody has said how it ended."""
        with reading() as session:
            sending = select(Delivery.id, Delivery.attempt_count).where(Delivery.state == DeliveryState.SENDING)
            if of is not None:
                sending = sending.where(Delivery.owner.startswith(f"campaign:{of}:"))
            return {(id_, attempt) for id_, attempt in session.execute(sending)}

    def next_due(self) -> datetime | None:
        """When the next message may go; None: none is left."""
        waiting = {DeliveryState.PLANNED, DeliveryState.RETRY_WAIT, DeliveryState.CLAIMED, DeliveryState.UNKNOWN}
        with reading() as session:
            machines = (Delivery.state.in_(waiting), Delivery.channel != ChannelName.HAND)
            due: datetime | None = session.scalar(select(func.min(Delivery.next_at)).join(Reminder).where(*machines))
            return due

    def is_busy(self) -> bool:
        """Whether a message is due or under way."""
        due = self.next_due()
        return bool(self.in_flight()) or (due is not None and due <= self.clock())

    def lease(self) -> WorkerLease | None:
        """Who may send."""
        with reading() as session:
            return session.scalar(select(WorkerLease))

    def outlive_lease(self) -> None:
        """Set the clock past the end of the lease, as if its twenty seconds had passed."""
        held = self.lease()
        if held is not None and (left := (held.expires_at - self.clock()).total_seconds()) > 0:
            self.clock.step(left + 0.001)


def settle_bazaar(
    group: Group,
    *,
    number: int,
    now: datetime,
    first_turn_in: timedelta,
    every: timedelta,
    leads: Sequence[int],
    service: Service | None = None,
) -> Group:
    """The rows of a bazaar with an account of its channel, its vendors, their turns and reminders; planned at `now`."""
    slug = f"{number}-{os.getpid()}"
    bazaar_id = make_bazaar(slug=f"bazar-{slug}")
    edition_id = make_edition(
        bazaar_id=bazaar_id, reminder_leads=list(leads), quiet_from_minute=0, quiet_until_minute=0, slug=f"edisi-{slug}"
    )
    starts_at = (now + first_turn_in).replace(microsecond=0)
    with transaction() as session:
        if service is not None:
            sealed = seal_fields(service.fields(), SECRET_KEY)  # type: ignore[attr-defined] # every double has them
            session.add(ChannelAccount(bazaar_id=bazaar_id, channel=group.channel, sealed=sealed, created_at=CREATED_AT))
        live = LiveSession(
            edition_id=edition_id,
            starts_at=starts_at,
            ends_at=starts_at + group.vendor_count * every,
            slot_minutes=max(1, int(every.total_seconds() // 60)),
            created_at=CREATED_AT,
        )
        session.add(live)
        session.flush()
        slots, vendors = [], []
        for position in range(group.vendor_count):
            begins = starts_at + position * every
            place = {"edition_id": edition_id, "live_session_id": live.id, "position": position + 1, "points": 10}
            slots.append(Slot(**place, starts_at=begins, ends_at=begins + every))
            vendors.append(_vendor(group, edition_id, number * 10_000 + position, service))
        session.add_all([*slots, *vendors])
        session.flush()
        turns = [(slot.id, vendor.id) for slot, vendor in zip(slots, vendors, strict=True)]
    publish(edition_id, turns, now=now)
    return replace(group, edition_id=edition_id, first_email=vendors[0].email, slug=f"bazar-{slug}")


def _vendor(group: Group, edition_id: int, number: int, service: Service | None) -> Vendor:
    """One whom only this channel reaches, and e-mail where the group has it."""
    chat = str(700_000 + number) if group.channel is ChannelName.TELEGRAM else ""
    if chat:
        service.greeted.add(chat)  # type: ignore[union-attr] # Telegram's alone
    has_email = group.has_email or group.channel is ChannelName.EMAIL
    return Vendor(
        edition_id=edition_id,
        business_name=f"Lapak {number}",
        owner_name=f"Bu Sari {number}",
        category="Camilan",
        phone=f"+62812{number:08d}",
        email=f"sari{number}@example.com" if has_email else "",
        telegram_chat=chat,
        created_at=CREATED_AT,
    )


@contextmanager
def campaign_stage(folder: Path, database_url: str = "") -> Iterator[CampaignStage]:
    """A new world in a folder; SQLite unless an empty database is named. Whatever was started has ended afterwards."""
    database_url = database_url or f"sqlite:///{folder / 'giliran.sqlite3'}"
    with ExitStack() as stack:
        sink = stack.enter_context(running_sink())
        clock = SharedClock(folder / "clock")
        environ = {
            "INSTANCE_DIR": str(folder),
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET_KEY,
            "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        }
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TZ"}}
        nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.campaign.nursery", str(folder)],
            cwd=ROOT,
            env={**kept, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(_close, nursery)
        settings = read_settings(environ)
        app = create_app(settings, replace(real_outside(settings), clock=clock))
        stack.enter_context(app.app_context())
        stack.callback(lambda: db.engine.dispose())
        _hurry()
        migrate_database()
        made = CampaignStage(folder, app, clock, sink, {}, nursery)
        for name, kind in MADE_BY.items():
            made.services[name] = watch(made, name, stack.enter_context(running(kind())))
        sink.mails = _Post(made)
        yield made


def watch(stage: CampaignStage, name: ChannelName, service: Service) -> Service:
    """Note when each message came to a service, by the campaign's clock."""
    take = service.take

    def taking(call: Call) -> Delivered | Reply:
        taken = take(call)
        if isinstance(taken, Delivered):
            stage.seen.append(Seen(name, mark_of(taken), stage.clock()))
        return taken

    service.take = taking  # type: ignore[method-assign] # watched from outside
    return service


def mark_of(message: Delivered) -> str:
    """Our key where the service takes one; else the phone and the words, without their numbers ("10 menit lagi")."""
    words = "".join(sign for sign in message.text if not sign.isdigit())
    return message.key or f"{message.phone} {words}"


def mark_of_mail(mail: Any) -> str:
    """Our key, which a mail carries in its Message-ID."""
    return str(mail["Message-ID"]).strip("<>").partition("@")[0]


class _Post(list[Any]):
    """The sink's mails, each noted as it comes."""

    def __init__(self, stage: CampaignStage) -> None:
        super().__init__()
        self._stage = stage

    def append(self, mail: Any) -> None:
        super().append(mail)
        self._stage.seen.append(Seen(ChannelName.EMAIL, mark_of_mail(mail), self._stage.clock()))


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _close(nursery: subprocess.Popen[str]) -> None:
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.close()
    try:
        nursery.wait(20)
    except subprocess.TimeoutExpired:
        nursery.kill()
        nursery.wait(10)
    nursery.stdout.close()


def _hurry() -> None:
    """The campaign's own writes need not outlive a power cut. Those of the schedulers wait for the disk."""
    if db.engine.name == "sqlite":
        event.listen(db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
