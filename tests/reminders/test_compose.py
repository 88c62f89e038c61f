"""Every message in every shape: name and time first, the zone always, the vendor's own link, whole names however long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from bazaar.reminders.compose import environment, usual_wording, write
from bazaar.reminders.letter import Letter, RecapWords, TurnWords, bare_letter, turn_words
from bazaar.reminders.placeholders import Wording, faults_of, lacks_of, read_wording
from bazaar.states import ReminderKind
from models import Bazaar, Edition, Vendor

TURN = datetime(2021, 5, 4, 13, 15, tzinfo=UTC)
LINK = "https://giliran.example/g/Ab3dEfGhIjKlMnOp"
LONG_NAME = "Bu Hj. Siti Aminah Kusumaningtyas Prawirodirjo"
LONG_BUSINESS = "Pusat Oleh-Oleh Suwar-Suwir & Prol Tape <Khas> Jember Ibu Hajah Siti Aminah"
EACH = pytest.mark.parametrize("language", ["id", "en", "jv"])


def words(days: int = 0, language: str = "id", *, before: timedelta = timedelta(hours=24)) -> TurnWords:
    at = TURN + timedelta(days=days)
    return turn_words(at, "Asia/Jakarta", language, now=TURN - before, ends_at=at + timedelta(minutes=15))


def letter(kind: ReminderKind, language: str = "id", **fields: object) -> Letter:
    usual = Letter(
        kind=kind,
        language=language,
        name=LONG_NAME,
        you="Ibu",
        business_name=LONG_BUSINESS,
        goods="tape dan suwar-suwir",
        edition_name="Bazar Ramadhan 1442 H",
        bazaar_name="Pasar Virtual Jember",
        help_phone="0331-000-100",
        help_phone_e164="+62331000100",
        link=LINK,
    )
    return replace(usual, **fields)  # type: ignore[arg-type] # fields of a letter


def every_letter(language: str) -> dict[str, Letter]:
    recap = RecapWords(sale_count=3, item_count=7, amount="Rp1.105.000", best_product="Suwar-suwir", number=12)
    turn = words(language=language)
    later, last = words(2, language), words(9, language)
    return {
        "before": letter(ReminderKind.BEFORE, language, turn=turn),
        "before, ready": letter(ReminderKind.BEFORE, language, turn=turn, answer="ready"),
        "before, unable": letter(ReminderKind.BEFORE, language, turn=turn, answer="unable"),
        "moved": letter(ReminderKind.CHANGED, language, gone=(turn,), added=(later,), staying=(last,)),
        "moved, several": letter(ReminderKind.CHANGED, language, gone=(turn, later), added=(later, last)),
        "one more": letter(ReminderKind.CHANGED, language, added=(later,), staying=(turn,)),
        "new": letter(ReminderKind.CHANGED, language, added=(later,)),
        "one less": letter(ReminderKind.CHANGED, language, gone=(turn,), staying=(later,)),
        "two less": letter(ReminderKind.CHANGED, language, gone=(turn, later), staying=(last,)),
        "cancelled": letter(ReminderKind.CANCELLED, language, gone=(turn,)),
        "cancelled, two": letter(ReminderKind.CANCELLED, language, gone=(turn, later)),
        "recap": letter(ReminderKind.RECAP, language, turn=turn, recap=recap),
        "recap, nothing": letter(
            ReminderKind.RECAP, language, turn=turn, recap=replace(recap, sale_count=0, item_count=0, best_product="", amount="Rp0")
        ),
    }


CASES = [(language, name) for language in ("id", "en", "jv") for name in every_letter("id")]


@pytest.mark.parametrize(("language", "name"), CASES)
def test_name_and_time_come_first_and_the_link_is_there(language: str, name: str) -> None:
    written = write(every_letter(language)[name])

    assert written.subject.startswith(LONG_NAME + ", ")
    assert "20.15 WIB" in written.subject
    assert written.text.startswith(written.subject + ".\n")
    assert written.whatsapp.startswith(written.subject + ".\n")
    assert written.text.count(LINK) == written.whatsapp.count(LINK) == written.html.count(f'href="{LINK}"') == 1
    assert LONG_BUSINESS in written.text
    assert LONG_BUSINESS in written.whatsapp


@pytest.mark.parametrize(("language", "name"), CASES)
def test_nothing_is_left_open_doubled_or_ragged(language: str, name: str) -> None:
    written = write(every_letter(language)[name])

    for text in (written.text, written.whatsapp):
        assert "\n\n\n" not in text
        assert not text.startswith("\n")
        assert text.endswith("\n")
        assert all(line == line.strip() and "  " not in line for line in text.splitlines())
    assert "\n" not in written.subject
    assert " :" not in written.subject
    assert not any(sign in written.text + written.html for sign in ("{{", "{%", "None", "Undefined", "=True"))


@pytest.mark.parametrize(("language", "name"), CASES)
def test_the_mail_escapes_names_and_speaks_its_language(language: str, name: str) -> None:
    html = write(every_letter(language)[name]).html

    assert f'<html lang="{language}">' in html
    assert "&lt;Khas&gt;" in html
    assert "<Khas>" not in html
    assert html.count("<h1>") == 1
    assert "@media (prefers-color-scheme: dark)" in html
    assert 'href="tel:+62331000100"' in html
    assert "<script" not in html
    assert "style=" not in html


def test_a_reminder_reads_like_this() -> None:
    written = write(letter(ReminderKind.BEFORE, turn=words(), name="Bu Siti Aminah", business_name="Tape Manis"))

    assert written.subject == "Bu Siti Aminah, giliran Ibu besok malam, 20.15 WIB"
    assert written.text == (
        "Bu Siti Aminah, giliran Ibu besok malam, 20.15 WIB.\n"
        "\n"
        "Hari: Selasa, 4 Mei\n"
        "Jam: 20.15 WIB\n"
        "Lamanya: 15 menit\n"
        "Lapak: Tape Manis\n"
        "\n"
        "Ibu bisa hadir? Jawab Siap atau Berhalangan di sini:\n"
        f"{LINK}\n"
        "\n"
        "Siapkan tape dan suwar-suwir di meja. Isi penuh baterai HP.\n"
        "Masuk Zoom jam 20.05 WIB.\n"
        "\n"
        "Bingung? Telepon panitia: 0331-000-100.\n"
        "\n"
        "Pasar Virtual Jember, Bazar Ramadhan 1442 H\n"
    )


def test_a_reminder_for_whatsapp_reads_like_this() -> None:
    turn = words(before=timedelta(minutes=9, seconds=50))
    written = write(letter(ReminderKind.BEFORE, turn=turn, name="Bu Siti Aminah", business_name="Tape Manis", answer="ready", goods=""))

    assert written.whatsapp == (
        "Bu Siti Aminah, giliran Ibu 10 menit lagi, 20.15 WIB.\n"
        "\n"
        "Selasa, 4 Mei, 20.15 WIB, lamanya 15 menit.\n"
        "Lapak: Tape Manis\n"
        "\n"
        "Terima kasih, Ibu sudah siap. Giliran Ibu bisa dilihat di sini:\n"
        f"{LINK}\n"
        "\n"
        "Siapkan barang di meja. Isi penuh baterai HP.\n"
        "Masuk Zoom sekarang.\n"
    )


def test_the_english_reminder_reads_like_this() -> None:
    written = write(letter(ReminderKind.BEFORE, "en", turn=words(language="en"), name="Mr Lee", business_name="Lee's Tea", goods=""))

    assert written.subject == "Mr Lee, your turn is tomorrow evening, 20.15 WIB"
    assert "Can you come? Tell us here:" in written.text
    assert "Have your goods on the table. Charge your phone.\nJoin Zoom at 20.05 WIB." in written.text


@EACH
def test_who_cannot_come_is_not_told_to_get_ready(language: str) -> None:
    written = write(every_letter(language)["before, unable"])

    assert "Zoom" not in written.text + written.whatsapp + written.html


@pytest.mark.parametrize(
    ("name", "indonesian", "english", "javanese"),
    [
        (
            "moved",
            "giliran Ibu pindah: Kamis, 6 Mei, 20.15 WIB",
            "your turn has moved: Thursday, 6 May, 20.15 WIB",
            "gilirane Ibu pindah: Kemis, 6 Mei, 20.15 WIB",
        ),
        (
            "one more",
            "giliran Ibu bertambah: Kamis, 6 Mei, 20.15 WIB",
            "you have one more turn: Thursday, 6 May, 20.15 WIB",
            "gilirane Ibu tambah: Kemis, 6 Mei, 20.15 WIB",
        ),
        (
            "new",
            "Ibu mendapat giliran: Kamis, 6 Mei, 20.15 WIB",
            "you have a turn: Thursday, 6 May, 20.15 WIB",
            "Ibu angsal giliran: Kemis, 6 Mei, 20.15 WIB",
        ),
        (
            "one less",
            "giliran Selasa, 4 Mei, 20.15 WIB batal",
            "your turn on Tuesday, 4 May, 20.15 WIB is cancelled",
            "giliran Slasa, 4 Mei, 20.15 WIB batal",
        ),
        (
            "two less",
            "giliran Selasa, 4 Mei, 20.15 WIB dan 1 giliran lain batal",
            "your turn on Tuesday, 4 May, 20.15 WIB and 1 more are cancelled",
            "giliran Slasa, 4 Mei, 20.15 WIB lan 1 giliran sanes batal",
        ),
        (
            "cancelled",
            "giliran Selasa, 4 Mei, 20.15 WIB batal",
            "your turn on Tuesday, 4 May, 20.15 WIB is cancelled",
            "giliran Slasa, 4 Mei, 20.15 WIB batal",
        ),
        (
            "recap",
            "hasil giliran 20.15 WIB: 7 barang, Rp1.105.000",
            "your turn at 20.15 WIB: 7 sold, Rp1.105.000",
            "asile giliran 20.15 WIB: 7 barang, Rp1.105.000",
        ),
        ("recap, nothing", "giliran 20.15 WIB sudah selesai", "your turn at 20.15 WIB is over", "giliran 20.15 WIB sampun rampung"),
    ],
)
def test_the_subject_says_what_happened(name: str, indonesian: str, english: str, javanese: str) -> None:
    said = {language: write(every_letter(language)[name]).subject for language in ("id", "en", "jv")}

    assert said == {language: f"{LONG_NAME}, {words}" for language, words in (("id", indonesian), ("en", english), ("jv", javanese))}


@EACH
def test_every_turn_of_a_change_is_listed_with_its_zone(language: str) -> None:
    written = write(every_letter(language)["moved, several"])

    assert written.text.count("- ") == 4
    assert written.html.count("<li>") == 4
    assert all(line.endswith("WIB") for line in written.text.splitlines() if line.startswith("- "))


def test_without_a_help_phone_nobody_is_told_to_call() -> None:
    written = write(letter(ReminderKind.BEFORE, turn=words(), help_phone="", help_phone_e164=""))

    assert "Telepon" not in written.text + written.html


@pytest.mark.parametrize(("language", "name"), CASES)
def test_a_chat_is_short_and_calm(language: str, name: str) -> None:
    chat = write(replace(every_letter(language)[name], business_name="Prol Tape Bu Hj. Mariyam", name="Bu Hj. Siti Aminah")).whatsapp

    assert len(chat) < 500
    assert "!" not in chat
    assert chat.count("://") == 1


OWN = Wording("{jam} giliran {nama}", "Halo {sapaan} <b>{lapak}</b>,\nsiapkan {barang}.\n\n{tautan}\n\nTelepon {telepon_panitia}")


@EACH
def test_an_editions_own_words_go_by_mail_and_chat(language: str) -> None:
    written = write(letter(ReminderKind.BEFORE, language, turn=words(language=language), own=OWN))

    assert written.subject == f"20.15 WIB giliran {LONG_NAME}"
    assert written.whatsapp == (
        f"20.15 WIB giliran {LONG_NAME}.\n\n"
        f"Halo Ibu <b>{LONG_BUSINESS}</b>,\nsiapkan tape dan suwar-suwir.\n\n{LINK}\n\nTelepon 0331-000-100\n"
    )
    assert written.text == written.whatsapp + "\nPasar Virtual Jember, Bazar Ramadhan 1442 H\n"
    assert written.html.count(f'href="{LINK}"') == 1
    assert "<b>" not in written.html
    assert "siapkan tape dan suwar-suwir." in written.html
    assert not written.left_out_own


def test_approved_templates_keep_the_usual_news() -> None:
    usual, own = (write(letter(ReminderKind.BEFORE, turn=words(), own=wording)) for wording in (None, OWN))

    assert own.news == usual.news == "giliran Ibu besok malam, 20.15 WIB"


@pytest.mark.parametrize("broken", ["{hilang} {tautan}", "{ {tautan}", "tanpa tautan", "{tautan} https://lain.example"])
def test_a_wording_that_cannot_be_filled_gives_way_to_the_usual_one(broken: str) -> None:
    usual = write(letter(ReminderKind.BEFORE, turn=words()))

    written = write(letter(ReminderKind.BEFORE, turn=words(), own=Wording("{nama}", broken)))

    assert written == replace(usual, left_out_own=True)


@pytest.mark.parametrize(("language", "kind"), [(language, kind) for language in ("id", "en", "jv") for kind in ReminderKind])
def test_the_usual_wording_would_be_accepted_as_an_own_one(language: str, kind: ReminderKind) -> None:
    wording = usual_wording(kind, language)

    assert faults_of(kind, wording) == []
    assert lacks_of(kind, wording) == ()
    assert read_wording(wording.subject, wording.body) == wording


@pytest.mark.parametrize(("language", "name"), CASES)
def test_saving_the_usual_wording_unchanged_changes_no_chat(language: str, name: str) -> None:
    plain = every_letter(language)[name]

    assert write(replace(plain, own=usual_wording(plain.kind, language))).whatsapp == write(plain).whatsapp


def test_names_are_never_read_as_templates() -> None:
    written = write(letter(ReminderKind.BEFORE, turn=words(), name="Bu {{ letter.link }}", business_name="{% raw %}"))

    assert written.subject.startswith("Bu {{ letter.link }}, ")
    assert "Lapak: {% raw %}" in written.text


def test_a_name_that_a_template_misses_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ letter.no_such_thing }}").render(letter=letter(ReminderKind.BEFORE))


HOSTILE = st.text(min_size=1, max_size=60) | st.sampled_from(
    ["{jam}", "{{ letter }}", "https://jahat.example", "//x", "a\r\nb", "\u202etapE", "</p><script>", "{% raw %}", "😀" * 30]
)


@pytest.mark.parametrize("kind", list(ReminderKind))
@given(owner=HOSTILE, business=HOSTILE, goods=HOSTILE, bazaar=HOSTILE, language=st.sampled_from(["id", "en", "jv"]), is_own=st.booleans())
@settings(max_examples=40)
def test_names_neither_break_a_message_nor_bring_a_second_link(
    kind: ReminderKind, owner: str, business: str, goods: str, bazaar: str, language: str, is_own: bool
) -> None:
    vendor = Vendor(owner_name=owner, business_name=business, featured_product=goods)
    about = next(one for one in every_letter(language).values() if one.kind is kind)
    bare = bare_letter(kind, language, vendor, Edition(name=bazaar), Bazaar(name=bazaar, help_phone=""), link=LINK)
    own = usual_wording(kind, language) if is_own else None

    written = write(
        replace(about, name=bare.name, business_name=bare.business_name, goods=bare.goods, bazaar_name=bare.bazaar_name, own=own)
    )

    assert not written.left_out_own
    for text in (written.whatsapp, written.text):
        assert text.count("://") == text.count(LINK) == 1
    assert "{" not in written.whatsapp
    assert not any(category(sign) in {"Cc", "Cs"} for sign in (written.subject + written.text).replace("\n", ""))
    assert "<script>" not in written.html
