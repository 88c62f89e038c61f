"""An edition's own wording on its way: it goes out over every channel but approved texts, and gives way to the usual one if it must."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.editions.edition_settings import delete_edition
from bazaar.refusals import Refusal
from bazaar.reminders.hand import hand_list
from bazaar.reminders.message_texts import NEW, preview, restore_text, save_text, text_page, texts_page
from bazaar.reminders.placeholders import TextKind, Wording
from bazaar.states import ChannelName
from models import Audit, DeliveryEvent, MessageText, Vendor
from tests import factories
from tests.conftest import START, World
from tests.reminders.conftest import Gateways
from tests.reminders.stage import TURN_AT, Stage, send, set_stage, world_of

OWN = Wording("{jam}, {nama}, ayo tampil", "Sampai nanti, {sapaan}.\n{tautan}\nTelepon {telepon_panitia}")
KIND = TextKind.BEFORE_SHORT


def stage_due(world: World, **vendor: Any) -> Stage:
    """A vendor whose short reminder is due now."""
    stage = set_stage(now=START, vendor={"owner_name": "Bu Siti", **vendor}, reminder_leads=[30])
    world.now = TURN_AT - timedelta(minutes=30)
    return stage


def save(edition_id: int, kind: TextKind = KIND, language: str = "id", wording: Wording = OWN, *, revision: int = NEW) -> None:
    save_text(edition_id, kind, language, wording, revision=revision, by=None, now=START)


def notes(edition_id: int) -> list[str]:
    with reading() as session:
        return list(session.scalars(select(DeliveryEvent.note).order_by(DeliveryEvent.id)))


@pytest.mark.usefixtures("app")
def test_an_own_wording_goes_out_by_mail_from_the_next_message_on(world: World) -> None:
    stage = stage_due(world)
    save(stage.edition_id)
    save(stage.edition_id, TextKind.BEFORE_LONG, wording=Wording("{nama} {jam}", "Bukan ini. {tautan}"))
    save(stage.edition_id, language="en", wording=Wording("{nama} {jam}", "Not this. {tautan}"))

    send()

    [message] = world.email.sent
    assert message.subject == "20.00 WIB, Bu Siti, ayo tampil"
    assert message.text.startswith("20.00 WIB, Bu Siti, ayo tampil.\n\nSampai nanti, Ibu.\nhttp")
    assert "Sampai nanti, Ibu." in message.html
    assert "Telepon (0331) 000100" in message.text
    assert not any("teks biasa" in note for note in notes(stage.edition_id))


def test_chats_take_it_too_and_approved_texts_do_not(app: Any, world: World, gateways: Gateways) -> None:
    stage = stage_due(world, email="", message_language="jv")
    whatsapp = gateways.open(stage.edition_id, ChannelName.WHATSAPP)
    save(stage.edition_id, language="jv")

    send()

    [message] = whatsapp.sent
    assert message.text.startswith("20.00 WIB, Bu Siti, ayo tampil.\n\nSampai nanti, Ibu.\n")
    assert message.template is not None
    assert (message.template.language, message.template.parameters[1]) == ("id", "giliran Ibu 30 menit lagi, 20.00 WIB")


@pytest.mark.usefixtures("app")
def test_a_vendor_who_chose_javanese_is_written_to_in_javanese(world: World) -> None:
    stage_due(world, message_language="jv")

    send()

    [message] = world.email.sent
    assert message.subject == "Bu Siti, gilirane Ibu 30 menit malih, 20.00 WIB"
    assert "Dinten: Slasa, 5 Mei" in message.text
    assert '<html lang="jv">' in message.html


@pytest.mark.usefixtures("app")
def test_a_wording_that_cannot_be_used_gives_way_and_the_history_and_the_page_say_so(world: World) -> None:
    stage = stage_due(world)
    save(stage.edition_id)
    with transaction() as session:
        session.execute(update(MessageText).values(body="{hilang} {tautan}"))  # as an older version may have left it

    send()

    [message] = world.email.sent
    assert message.subject == "Bu Siti, giliran Ibu 30 menit lagi, 20.00 WIB"
    assert any("teks sendiri tidak bisa dipakai" in note for note in notes(stage.edition_id))
    assert text_page(stage.edition_id, KIND, "id", now=START).is_usable is False
    broken = [line.is_usable for kind, lines in texts_page(stage.edition_id, now=START).lines for line in lines if not line.is_usable]
    assert broken == [False]


@pytest.mark.usefixtures("app")
def test_the_list_to_send_by_hand_speaks_in_the_same_words(world: World) -> None:
    stage = stage_due(world, email="")
    save(stage.edition_id)
    send()

    [line] = hand_list(stage.edition_id, world_of().links, now=world.now)

    assert line.text.startswith("20.00 WIB, Bu Siti, ayo tampil.\n\nSampai nanti, Ibu.\n")


@pytest.mark.usefixtures("app")
def test_each_wording_is_one_row_that_counts_its_revisions_and_leaves_a_trace() -> None:
    edition_id = factories.make_edition()
    save(edition_id)
    save(edition_id, revision=0, wording=Wording("{nama}, {jam}", "Dua. {tautan}"))
    save(edition_id, revision=1, wording=Wording("{nama}, {jam}", "Dua. {tautan}"))  # nothing new
    restore_text(edition_id, KIND, "id", revision=1, by=None, now=START)
    restore_text(edition_id, KIND, "id", revision=2, by=None, now=START)
    save(edition_id, revision=2)

    page = text_page(edition_id, KIND, "id", now=START)

    assert (page.wording, page.revision, page.is_own) == (OWN, 3, True)
    with reading() as session:
        actions = session.scalars(select(Audit.action).where(Audit.subject_kind == "message_text").order_by(Audit.id)).all()
    assert actions == ["change_message_text", "change_message_text", "restore_message_text", "change_message_text"]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("revision", [NEW, 1, 7])
def test_whoever_saw_another_revision_is_refused(revision: int) -> None:
    edition_id = factories.make_edition()
    save(edition_id)

    with pytest.raises(Refusal, match="changed_meanwhile"):
        save(edition_id, revision=revision)


@pytest.mark.usefixtures("app")
def test_a_bad_wording_an_archived_edition_and_a_strange_language_are_refused() -> None:
    edition_id, archived_id = factories.make_edition(), factories.make_edition(archived_at=START)
    tries: list[tuple[int, str, Wording, str]] = [
        (edition_id, "id", Wording("{nama}", "{tautan}"), "text_place_missing"),
        (archived_id, "id", OWN, "edition_archived"),
        (edition_id, "su", OWN, "not_found"),
        (987_654, "id", OWN, "not_found"),
    ]

    for one_id, language, wording, code in tries:
        with pytest.raises(Refusal, match=code):
            save(one_id, language=language, wording=wording)


@pytest.mark.usefixtures("app")
def test_an_edition_that_nobody_saw_is_deleted_with_its_wordings() -> None:
    edition_id = factories.make_edition()
    save(edition_id)

    delete_edition(edition_id, by=None, now=START)

    with reading() as session:
        assert session.scalars(select(MessageText)).all() == []


@pytest.mark.usefixtures("app")
def test_the_preview_is_of_the_moment_in_which_it_would_be_sent(world: World) -> None:
    stage = set_stage(now=START, vendor={"owner_name": "Bu Siti"}, reminder_leads=[2880, 45])

    def first(kind: TextKind, language: str = "id") -> str:
        page = text_page(stage.edition_id, kind, language, now=START)
        return preview(
            stage.edition_id, kind, language, page.wording, vendor_id=None, public_url="https://giliran.example", now=START
        ).subject

    assert [first(kind) for kind in TextKind] == [
        "Bu Siti, giliran Ibu Selasa malam, 20.00 WIB",
        "Bu Siti, giliran Ibu 45 menit lagi, 20.00 WIB",
        "Bu Siti, giliran Ibu pindah: Selasa, 5 Mei, 20.00 WIB",
        "Bu Siti, giliran Selasa, 5 Mei, 20.00 WIB batal",
        "Bu Siti, hasil giliran 20.00 WIB: 9 barang, Rp245.000",
    ]
    assert first(TextKind.CANCELLED, "jv") == "Bu Siti, giliran Slasa, 5 Mei, 20.00 WIB batal"


@pytest.mark.usefixtures("app")
def test_the_list_counts_who_reads_what() -> None:
    edition_id = factories.make_edition()
    for number, values in enumerate(({}, {"languages": ["Inggris"]}, {"message_language": "jv"}, {"withdrawn_at": START})):
        factories.make_vendor(edition_id, business_name=f"Lapak {number}", **values)

    assert texts_page(edition_id, now=START).readers == {"id": 1, "en": 1, "jv": 1}
    with reading() as session:
        assert session.query(Vendor).count() == 4
