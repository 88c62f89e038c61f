"""The doubles themselves: they remember who got what, show doubles, and report as late, as often and in such an order as told."""

import json
from collections import Counter
from random import Random

import pytest

from bazaar.reminders.channels.base import DeliveryError
from bazaar.reminders.channels.fonnte import make_channel as make_fonnte
from bazaar.reminders.channels.whatsapp import make_channel as make_whatsapp
from bazaar.reminders.channels.whatsapp_templates import TEMPLATES
from tests.reminders.channels.doubles.fonnte import Fonnte
from tests.reminders.channels.doubles.server import Call, Delivered, Fault, Reply, Service, running
from tests.reminders.channels.doubles.whatsapp import WhatsApp
from tests.reminders.channels.messages import KEY, PHONE, message


class _Ear(Service):
    """Takes whatever is posted to it."""

    def take(self, call: Call) -> Delivered | Reply:
        return Reply(200, {"ok": True})


def test_a_message_that_is_sent_twice_shows_as_a_double() -> None:
    with running(WhatsApp()) as whatsapp:
        channel = make_whatsapp(whatsapp.fields())
        whatsapp.reply(PHONE, "halo")
        channel.send(message())
        before = whatsapp.doubles()
        channel.send(message())

    assert (before, whatsapp.doubles()) == ([], [(PHONE, KEY)])


def test_a_message_that_is_swallowed_was_taken_and_never_arrives() -> None:
    with running(Fonnte()) as fonnte:
        fonnte.faults.append(Fault.SWALLOWED)
        receipt = make_fonnte(fonnte.fields()).send(message())

    assert receipt.reference
    assert fonnte.delivered == []


def test_dice_may_decide_what_goes_wrong() -> None:
    with running(Fonnte()) as fonnte:
        fonnte.fault_of = lambda call: Fault.BROKEN if b"gagal" in call.body else None
        channel = make_fonnte(fonnte.fields())
        channel.send(message())
        with pytest.raises(DeliveryError):
            channel.send(message(text="gagal"))

    assert [one.text for one in fonnte.delivered] == ["Bu Sari, 30 menit lagi."]


def test_reports_come_as_often_and_in_such_an_order_as_the_dice_say() -> None:
    sent = Delivered(PHONE, KEY, "halo", "wamid.1", 0)
    with running(_Ear()) as ear:
        whatsapp = WhatsApp()
        whatsapp.report_to = f"{ear.url}/laporan"
        for seed in range(5):
            whatsapp.post_reports(sent, ["sent", "delivered", "read"], Random(seed), twice=0.5, delay=0.001)

    told = [json.loads(call.body)["entry"][0]["changes"][0]["value"]["statuses"][0]["status"] for call in ear.calls]
    counts = Counter(told)
    assert set(counts) == {"sent", "delivered", "read"}
    assert all(5 <= count <= 10 for count in counts.values())
    assert sum(counts.values()) > 15
    assert told != sorted(told, key=["sent", "delivered", "read"].index)


def test_the_whatsapp_double_knows_exactly_the_templates_that_we_have_approved() -> None:
    assert len(WhatsApp().approved) == sum(len(template.lives) for template in TEMPLATES)
