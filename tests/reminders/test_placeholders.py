"""What an edition may write itself: which braces, where, and what comes of them whatever a name holds."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.lines import one_line
from bazaar.reminders.placeholders import (
    TextKind,
    Unfillable,
    Wording,
    faults_of,
    fill,
    fill_checked,
    lacks_of,
    places_of,
    read_wording,
    sms_size,
    tame,
)
from bazaar.settings import ROOT
from bazaar.states import ReminderKind

BEFORE, CHANGED = ReminderKind.BEFORE, ReminderKind.CHANGED
LINK = "https://giliran.example/g/Ab3dEfGhIjKlMnOp"
SUBJECT = "{nama}, giliran {sapaan} {lagi}, {jam}"
BODY = "Halo {nama}\n{persiapan}\n\n{tautan}"


def told(kind: ReminderKind = BEFORE, *, subject: str = SUBJECT, body: str = BODY) -> list[tuple[str, str, dict[str, object]]]:
    return [(fault.field, fault.refusal.code, fault.refusal.values) for fault in faults_of(kind, read_wording(subject, body))]


def test_a_good_wording_has_no_fault_and_braces_may_be_written_loosely() -> None:
    assert told() == []
    assert read_wording("{ Nama }, {JAM}", "Telepon {telepon panitia}") == Wording("{nama}, {jam}", "Telepon {telepon_panitia}")


@pytest.mark.parametrize(
    ("typed", "near"),
    [("{jamm}", "jam"), ("{nam}", "nama"), ("{tutan}", "tautan")],
)
def test_an_unknown_brace_is_named_with_the_nearest_known_one(typed: str, near: str) -> None:
    faults = told(body=f"{BODY}\n{typed}")

    assert faults == [("body", "text_place_unknown", {"name": typed.strip("{}"), "near": near})]


@pytest.mark.parametrize("typed", ["{xyzzy}", "{}"])
def test_a_brace_that_is_like_none_of_ours_is_named_alone(typed: str) -> None:
    assert told(body=f"{BODY}\n{typed}") == [("body", "text_place_strange", {"name": typed.strip("{}")})]


@pytest.mark.parametrize("typed", ["{jam", "jam}", "{jam\n}", "{{jam}}", "{jam}}"])
def test_a_brace_that_is_not_closed_is_told_of(typed: str) -> None:
    [(field, code, _values)] = told(body=f"{BODY}\n{typed}")

    assert (field, code in {"text_brace_open", "text_place_unknown", "text_place_strange"}) == ("body", True)


@pytest.mark.parametrize("typed", ["{nama.__class__}", "{0}", "{nama!r}", "{nama:>50}", "{{ nama }}", "{% raw %}", "{nama[0]}"])
def test_a_wording_reaches_nothing_beyond_the_list(typed: str) -> None:
    assert told(body=f"{BODY}\n{typed}")


@pytest.mark.parametrize(
    ("changes", "field", "code", "values"),
    [
        ({"subject": ""}, "subject", "text_empty", {}),
        ({"body": " \n "}, "body", "text_empty", {}),
        ({"subject": "{nama} " + "a" * 120}, "subject", "text_too_long", {"most": 120, "length": 127}),
        ({"body": "{tautan}" + "a" * 1000}, "body", "text_too_long", {"most": 1000, "length": 1008}),
        ({"subject": "Pengingat untuk {nama}, {jam}"}, "subject", "text_begins_elsewhere", {}),
        ({"subject": "Giliran besok {jam}"}, "subject", "text_begins_elsewhere", {}),
        ({"subject": "{nama}, {jam} {ajakan}"}, "subject", "text_not_in_subject", {"name": "ajakan"}),
        ({"subject": "{nama}"}, "body", "text_place_missing", {"name": "jam"}),
        ({"body": "Sampai nanti"}, "body", "text_place_missing", {"name": "tautan"}),
        ({"body": "{tautan} {tautan}"}, "body", "text_link_twice", {}),
        ({"body": "Telepon {telepon_panitia} atau {tautan}"}, "body", "text_needs_own_line", {"name": "telepon_panitia"}),
        ({"body": BODY + "\nhttps://zoom.example/j/1"}, "body", "text_has_address", {}),
        ({"body": BODY + "\nwa.me/62812"}, "body", "text_has_address", {}),
        ({"subject": SUBJECT + " www.toko.example"}, "subject", "text_has_address", {}),
    ],
)
def test_what_must_be_put_right_is_said_at_its_field(changes: dict[str, str], field: str, code: str, values: dict[str, object]) -> None:
    assert told(**changes) == [(field, code, values)]  # type: ignore[arg-type] # subject and body


def test_a_change_must_name_all_its_turns() -> None:
    assert told(CHANGED, subject="{nama}, {kabar}", body="{tautan}") == [("body", "text_place_missing", {"name": "rincian"})]
    assert told(CHANGED, subject="{nama}, {kabar}", body="{rincian}\n{tautan}") == []


def test_what_the_first_line_leaves_unsaid_is_known() -> None:
    assert lacks_of(BEFORE, Wording("{nama}, giliran {sapaan} {lagi}, {jam}", "")) == ()
    assert lacks_of(BEFORE, Wording("{jam}, siap-siap", "")) == ("nama",)
    assert lacks_of(BEFORE, Wording("{lagi}", "")) == ("nama", "jam")
    assert lacks_of(CHANGED, Wording("{nama}, ada kabar", "")) == ("kabar",)


def test_a_line_that_asks_only_for_what_is_empty_goes() -> None:
    wording = Wording("{nama}", "Satu\n\nTelepon {telepon_panitia}.\n\n{rincian}\nDua {lapak}")
    values = {"nama": "Bu Siti", "telepon_panitia": "", "rincian": "- a\n- b", "lapak": ""}

    assert fill(wording, values) == Wording("Bu Siti", "Satu\n\n- a\n- b\nDua")


@pytest.mark.parametrize(
    "wording",
    [
        Wording("{nama}", "{hilang} {tautan}"),
        Wording("{nama}", "{ {tautan}"),
        Wording("{nama}", "tanpa tautan"),
        Wording("{nama}", "{tautan} http://x"),
        Wording("{kosong}", "{tautan}"),
    ],
)
def test_a_stored_wording_that_cannot_be_used_says_so(wording: Wording) -> None:
    with pytest.raises(Unfillable):
        fill_checked(wording, {"nama": "Bu Siti", "kosong": "", "tautan": LINK})


def test_a_name_is_no_address_and_no_brace() -> None:
    assert tame("Toko https://jahat.example//x") == "Toko https:/jahat.example/x"
    assert fill(Wording("{nama}", "{tautan}"), {"nama": "{jam}", "tautan": LINK}).subject == "(jam)"


HOSTILE = st.text(max_size=40) | st.sampled_from(
    ["{jam}", "{tautan}", "}{", "{{7*7}}", "https://jahat.example", "//", ":/", "\u202eabc", "a\r\nBcc: x@y.z", "<b>", "", "%s", "{0}"]
)
PIECES = st.sampled_from(["{", "}", "https:", "\n", "\x00", "\u202e", " ", "!", "<script>"]) | st.text(max_size=12)


@st.composite
def wordings(draw: st.DrawFn, kind: ReminderKind) -> Wording:
    """Mostly acceptable ones, with odd pieces between the places."""
    places = st.sampled_from([f"{{{name}}}" for name in places_of(kind)])
    needed = {BEFORE: "{jam}\n{tautan}", CHANGED: "{kabar}\n{rincian}\n{tautan}"}[kind]
    subject = "{nama}" + "".join(draw(st.lists(places | PIECES, max_size=4)))
    body = "".join([*draw(st.lists(places | PIECES, max_size=5)), "\n", needed, "\n", *draw(st.lists(places | PIECES, max_size=3))])
    return read_wording(subject, body)


@pytest.mark.parametrize("kind", [BEFORE, CHANGED])
@given(data=st.data())
def test_whatever_is_accepted_keeps_one_link_no_brace_and_no_control_sign(kind: ReminderKind, data: st.DataObject) -> None:
    wording = data.draw(wordings(kind))
    if faults_of(kind, wording):
        return
    values = {name: tame(one_line(data.draw(HOSTILE))) for name in places_of(kind)} | {"nama": "Bu Siti", "tautan": LINK}

    filled = fill_checked(wording, values)

    assert filled.whole.count("://") == filled.whole.count(LINK) == 1
    assert "{" not in filled.whole
    assert "}" not in filled.whole
    assert "\n" not in filled.subject
    assert not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in filled.whole.replace("\n", ""))


@pytest.mark.parametrize(
    ("text", "parts", "odd"),
    [
        ("", 0, ""),
        ("a" * 160, 1, ""),
        ("a" * 161, 2, ""),
        ("a" * 306, 2, ""),
        ("a" * 307, 3, ""),
        ("€" * 80, 1, ""),
        ("€" * 81, 2, ""),
        ("a" * 152 + "€" + "a" * 150, 2, ""),  # the euro sign does not fit into the first part any more
        ("ą" * 70, 1, "ą"),
        ("ą" * 71, 2, "ą"),
        ("😀" * 35, 1, "😀"),
        ("😀" * 36, 2, "😀"),
        ("😀" * 67, 3, "😀"),  # 33 in each part, none is cut
    ],
)
def test_parts_of_an_sms_are_counted_as_networks_do(text: str, parts: int, odd: str) -> None:
    assert (sms_size(text).part_count, sms_size(text).odd) == (parts, odd)


def test_every_kind_of_text_belongs_to_a_kind_of_reminder() -> None:
    assert {kind.reminder_kind for kind in TextKind} == set(ReminderKind)


def test_the_handbook_names_every_place_and_no_other() -> None:
    handbook = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")

    assert set(re.findall(r"`\{(\w+)\}`", handbook)) == {name for kind in ReminderKind for name in places_of(kind)}
