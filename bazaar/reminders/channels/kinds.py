"""What is known of each channel before anything is sent: what an organizer must enter, and how it behaves when things go wrong.

The channels themselves are imported only when one is built: most bazaars use one or two.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib import import_module

from bazaar.clock import Clock, system_clock
from bazaar.reminders.channels.base import Channel
from bazaar.states import ChannelName


class Address(StrEnum):
    """What of a vendor a channel writes to."""

    EMAIL = "email"
    PHONE = "phone"
    BROWSER = "browser"
    CHAT = "chat"
    NONE = "none"


class AfterCrash(StrEnum):
    """What follows a call whose end nobody saw.

    again: it goes once more, a double does no harm or the phone folds it; unknown: it never goes by itself again, the provider's
    word is waited for, then the next channel and a person take over.
    """

    AGAIN = "again"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Field:
    """Something an organizer enters for a channel. `label` and `hint` are Indonesian: the desk speaks nothing else."""

    name: str
    label: str
    hint: str = ""
    is_secret: bool = False
    is_optional: bool = False
    example: str = ""
    is_made_up: bool = False  # a word agreed with the service; left empty, we make one up and show what to enter there


@dataclass(frozen=True)
class ChannelKind:
    """A channel as the outbox and the settings page see it. `module` holds `make_channel(fields) -> Channel`, and `check(fields)`."""

    name: ChannelName
    label: str
    address: Address
    after_crash: AfterCrash
    module: str
    fields: tuple[Field, ...] = ()
    spacing: timedelta = timedelta(seconds=6)
    at_once: int = 1  # calls side by side; each of them is unknown after a crash
    reports_arrival: bool = False  # whether the provider says later that a message arrived
    warning: str = ""  # what an organizer must know before using it


_BASE = "bazaar.reminders.channels."

KINDS: Mapping[ChannelName, ChannelKind] = {
    kind.name: kind
    for kind in (
        ChannelKind(
            ChannelName.WHATSAPP,
            "WhatsApp resmi (Cloud API)",
            Address.PHONE,
            AfterCrash.UNKNOWN,
            _BASE + "whatsapp",
            (
                Field("phone_number_id", "ID nomor telepon", "Angka dari Meta, bukan nomor HP.", example="106540352242922"),
                Field("access_token", "Token akses", "Token permanen dari pengguna sistem Meta.", is_secret=True),
                Field("app_secret", "Rahasia aplikasi", "Untuk memeriksa bahwa laporan kiriman sungguh dari Meta.", is_secret=True),
                Field("verify_token", "Kata pencocok webhook", "Isikan juga di halaman Meta.", is_secret=True, is_made_up=True),
                Field("template_prefix", "Awalan nama templat", is_optional=True, example="giliran"),
                Field("base_url", "Alamat layanan", is_optional=True, example="https://graph.facebook.com/v23.0"),
            ),
            at_once=4,
            reports_arrival=True,
        ),
        ChannelKind(
            ChannelName.FONNTE,
            "WhatsApp lewat Fonnte",
            Address.PHONE,
            AfterCrash.UNKNOWN,
            _BASE + "fonnte",
            (
                Field("token", "Token perangkat", "Dari halaman perangkat di Fonnte.", is_secret=True),
                Field("hook_secret", "Kata rahasia webhook", "Ikut di alamat laporan kiriman.", is_secret=True, is_made_up=True),
                Field("base_url", "Alamat layanan", is_optional=True, example="https://api.fonnte.com"),
            ),
            reports_arrival=True,
            warning="Fonnte bukan layanan resmi WhatsApp. Nomor bisa diblokir. Pakai nomor khusus, bukan nomor pribadi.",
        ),
        ChannelKind(
            ChannelName.TELEGRAM,
            "Telegram",
            Address.CHAT,
            AfterCrash.UNKNOWN,
            _BASE + "telegram",
            (
                Field("bot_token", "Token bot", "Dari @BotFather.", is_secret=True, example="123456:ABC-DEF"),
                Field("bot_name", "Nama bot", "Tanpa tanda @.", example="pasar_jember_bot"),
                Field("hook_secret", "Kata rahasia webhook", "Huruf, angka, garis.", is_secret=True, is_made_up=True),
                Field("base_url", "Alamat layanan", is_optional=True, example="https://api.telegram.org"),
            ),
            spacing=timedelta(seconds=1),
        ),
        ChannelKind(
            ChannelName.WEBHOOK,
            "Gerbang sendiri (webhook)",
            Address.PHONE,
            AfterCrash.AGAIN,
            _BASE + "webhook",
            (
                Field("url", "Alamat gerbang", "Kami kirim JSON bertanda tangan ke sini.", example="https://gerbang.example.org/kirim"),
                Field("secret", "Kunci tanda tangan", "Paling sedikit 16 huruf; gerbang memeriksa dengan kunci yang sama.", is_secret=True),
            ),
            reports_arrival=True,
        ),
        ChannelKind(
            ChannelName.APPRISE,
            "Layanan lain (Apprise)",
            Address.PHONE,
            AfterCrash.UNKNOWN,
            _BASE + "apprise",
            (
                Field(
                    "url",
                    "Alamat Apprise",
                    "Tulis {phone} di tempat nomor penerima.",
                    is_secret=True,
                    example="twilio://SID:TOKEN@DARI/{phone}",
                ),
            ),
        ),
        ChannelKind(
            ChannelName.PUSH,
            "Kabar di browser",
            Address.BROWSER,
            AfterCrash.AGAIN,
            _BASE + "push",
            spacing=timedelta(0),
            at_once=4,
        ),
        ChannelKind(ChannelName.EMAIL, "E-mail", Address.EMAIL, AfterCrash.AGAIN, _BASE + "email"),
        ChannelKind(ChannelName.CONSOLE, "Layar uji coba", Address.NONE, AfterCrash.AGAIN, _BASE + "console", spacing=timedelta(0)),
        ChannelKind(ChannelName.HAND, "WhatsApp, dikirim sendiri", Address.PHONE, AfterCrash.UNKNOWN, "", spacing=timedelta(0)),
    )
}
"""Every channel, in the usual order in which a vendor is tried: what costs and arrives best comes first, a person's hand last."""

FROM_ACCOUNT = tuple(kind.name for kind in KINDS.values() if kind.fields)
"""Channels that a bazaar opens by entering an access of its own; the others come with the deployment."""


def build_channel(name: ChannelName, fields: Mapping[str, str], *, clock: Clock = system_clock) -> Channel:
    """The channel for an account's fields. Raises what its module raises for fields that it cannot use."""
    make: Callable[..., Channel] = import_module(KINDS[name].module).make_channel
    return make(fields, clock=clock)
