"""What became of a message, in words for organizers and hosts: short pieces that read aloud. Pure."""

from datetime import datetime

from bazaar.localtime import clock_text, local_date, short_day_text
from bazaar.reminders.channels.kinds import KINDS
from bazaar.states import ChannelName, DeliveryState, ReminderKind

CHANNELS = {
    ChannelName.CONSOLE: "Layar uji coba",
    ChannelName.EMAIL: "E-mail",
    ChannelName.PUSH: "Kabar di HP",
    ChannelName.WHATSAPP: "WhatsApp",
    ChannelName.FONNTE: "WhatsApp",
    ChannelName.WEBHOOK: "Gerbang sendiri",
    ChannelName.TELEGRAM: "Telegram",
    ChannelName.APPRISE: "Layanan lain",
    ChannelName.HAND: "WhatsApp oleh panitia",
}

SEES_ARRIVAL = frozenset(kind.name for kind in KINDS.values() if kind.reports_arrival)
"""Channels whose service says when a message arrived: there its silence means something."""

_TRIED = {
    DeliveryState.SENDING: "sedang dikirim",
    DeliveryState.DELIVERED: "sampai",
    DeliveryState.READ: "dibaca",
    DeliveryState.UNKNOWN: "belum pasti terkirim",
    DeliveryState.UNRESOLVED: "tidak jelas sampai atau tidak",
    DeliveryState.DEAD: "gagal terkirim",
}
_NOT_SENT = {
    DeliveryState.PLANNED: "belum berangkat",
    DeliveryState.CLAIMED: "belum berangkat",
    DeliveryState.RETRY_WAIT: "gagal, dicoba lagi",
    DeliveryState.WAITING_FOR_HAND: "belum dikirim",
    DeliveryState.EXPIRED: "tidak terkirim, waktunya lewat",
}


def tried_words(channel: ChannelName, state: DeliveryState, at: datetime | None, timezone: str, *, now: datetime) -> str:
    """`WhatsApp 19.30 terkirim, belum sampai`; empty where there is nothing to tell. `at`: when it was sent, None while it was not."""
    name = CHANNELS[channel]
    if state in _NOT_SENT:
        return f"{name} {_NOT_SENT[state]}"
    if state is DeliveryState.SUPPRESSED:
        return "Lapak minta tidak dikirimi pesan"
    when = f"{name} {moment(at, timezone, now=now)}" if at else name
    if state is DeliveryState.ACCEPTED:
        return f"{when} terkirim, belum sampai" if channel in SEES_ARRIVAL else f"{when} terkirim"
    return f"{when} {_TRIED[state]}" if state in _TRIED else ""


def reminder_words(kind: ReminderKind, lead_minutes: int | None) -> str:
    """What a message is about: `Pengingat 30 menit`."""
    if kind is not ReminderKind.BEFORE or lead_minutes is None:
        return _KINDS[kind]
    if lead_minutes % 1440 == 0:
        return f"Pengingat {lead_minutes // 1440} hari"
    return f"Pengingat {lead_minutes // 60} jam" if lead_minutes % 60 == 0 else f"Pengingat {lead_minutes} menit"


_KINDS = {
    ReminderKind.BEFORE: "Pengingat",
    ReminderKind.CHANGED: "Kabar giliran berubah",
    ReminderKind.CANCELLED: "Kabar giliran batal",
    ReminderKind.RECAP: "Hasil giliran",
}


def moment(at: datetime, timezone: str, *, now: datetime) -> str:
    """The clock; with the day before it where that is another one than today."""
    day = local_date(at, timezone)
    clock = clock_text(at, timezone)
    return clock if day == local_date(now, timezone) else f"{short_day_text(day)} {clock}"
