"""Opening, changing, moving, pausing and giving up a channel."""

import json
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.reminders.channel_accounts import current_accounts, open_fields
from bazaar.reminders.channel_settings import (
    NEW,
    account_values,
    handover,
    move_account,
    pause_account,
    save_account,
    withdraw_account,
)
from bazaar.states import ChannelName
from models import Audit, ChannelAccount
from tests import factories
from tests.conftest import START
from tests.factories import SECRET_KEY
from tests.reminders.stage import change, row_count

pytestmark = pytest.mark.usefixtures("app")

C = ChannelName
FONNTE = {"token": "token-perangkat-fonnte", "hook_secret": "kata-rahasia-webhook", "base_url": ""}
TELEGRAM = {"bot_token": "123456:ABC-DEF", "bot_name": "pasar_jember_bot", "hook_secret": "kata"}
WEBHOOK = {"url": "https://gerbang.example.org/kirim", "secret": "kunci-tanda-tangan-gerbang"}


def save(bazaar_id: int, channel: ChannelName, typed: Mapping[str, str], *, revision: int = NEW, daily_limit: int | None = None) -> bool:
    return save_account(bazaar_id, channel, typed, daily_limit=daily_limit, revision=revision, secret_key=SECRET_KEY, by=None, now=START)


def account(bazaar_id: int) -> ChannelAccount:
    with reading() as session:
        return session.scalars(select(ChannelAccount).where(ChannelAccount.bazaar_id == bazaar_id).order_by(ChannelAccount.id)).one()


def fields(bazaar_id: int) -> dict[str, str]:
    return open_fields(account(bazaar_id).sealed, SECRET_KEY)


def order(bazaar_id: int) -> list[ChannelName]:
    with reading() as session:
        return [one.channel for one in current_accounts(session, bazaar_id)]


def problems(refusal: pytest.ExceptionInfo[Refusal]) -> dict[str, str]:
    assert refusal.value.code == "channel_fields_unusable"
    found = refusal.value.values["problems"]
    assert isinstance(found, dict)
    return found


def test_an_opened_channel_rests_sealed_and_the_audit_knows_no_secret() -> None:
    bazaar_id = factories.make_bazaar()

    save(bazaar_id, C.FONNTE, FONNTE, daily_limit=200)

    assert fields(bazaar_id) == FONNTE
    assert account(bazaar_id).daily_limit == 200
    assert "token-perangkat" not in account(bazaar_id).sealed
    with reading() as session:
        noted = json.dumps([[row.action, row.before, row.after] for row in session.scalars(select(Audit))])
    assert "open_channel" in noted
    assert "hook_secret" in noted
    assert not any(secret in noted for secret in (FONNTE["token"], FONNTE["hook_secret"]))


def test_a_form_begins_without_secrets_and_says_which_are_kept() -> None:
    bazaar_id = factories.make_bazaar()
    save(bazaar_id, C.TELEGRAM, TELEGRAM)

    values = account_values(bazaar_id, C.TELEGRAM, secret_key=SECRET_KEY)

    assert values.fields == {"bot_name": "pasar_jember_bot", "base_url": ""}
    assert values.kept == {"bot_token", "hook_secret"}


def test_an_empty_secret_stays_and_a_changed_account_begins_with_a_clean_slate() -> None:
    bazaar_id = factories.make_bazaar()
    save(bazaar_id, C.FONNTE, FONNTE)
    change(ChannelAccount, account(bazaar_id).id, failure_count=6, retry_at=START, last_error="Fonnte menolak")

    save(bazaar_id, C.FONNTE, {"hook_secret": "kata-rahasia-yang-baru"}, revision=0)

    assert fields(bazaar_id) == {**FONNTE, "hook_secret": "kata-rahasia-yang-baru"}
    now = account(bazaar_id)
    assert (now.revision, now.failure_count, now.retry_at, now.last_error) == (1, 0, None, None)


def test_a_word_for_the_service_is_made_up_where_nobody_wrote_one() -> None:
    bazaar_id = factories.make_bazaar()

    save(bazaar_id, C.FONNTE, {"token": FONNTE["token"]})

    told = handover(bazaar_id, C.FONNTE, secret_key=SECRET_KEY)
    assert told is not None
    assert len(told.words["hook_secret"]) == 32
    assert set(told.words) == {"hook_secret"}


def test_what_cannot_be_used_is_said_field_by_field_and_nothing_is_kept() -> None:
    bazaar_id = factories.make_bazaar()

    with pytest.raises(Refusal) as refusal:
        save(bazaar_id, C.WEBHOOK, {"url": "gerbang", "secret": "pendek"})

    assert problems(refusal) == {
        "url": "Alamat gerbang bukan alamat web.",
        "secret": "Kunci tanda tangan terlalu pendek, paling sedikit 16 huruf.",
    }
    assert row_count(ChannelAccount) == 0


def test_a_secret_does_not_follow_to_another_address_by_itself() -> None:
    bazaar_id = factories.make_bazaar()
    save(bazaar_id, C.FONNTE, FONNTE)

    with pytest.raises(Refusal) as refusal:
        save(bazaar_id, C.FONNTE, {"base_url": "https://orang-lain.example"}, revision=0)
    save(bazaar_id, C.FONNTE, {"base_url": "https://orang-lain.example", "token": "token-lain"}, revision=0)

    assert problems(refusal) == {"token": "Tulis lagi, karena alamat layanannya berubah."}
    assert fields(bazaar_id)["token"] == "token-lain"


def test_a_service_that_is_not_installed_here_is_named() -> None:
    with pytest.raises(Refusal) as refusal:
        save(factories.make_bazaar(), C.APPRISE, {"url": "tidakada://SID:TOKEN@DARI/{phone}"})

    assert set(problems(refusal)) == {"url"}


@pytest.mark.parametrize(("revision", "is_open"), [(NEW, True), (3, True), (0, False)])
def test_two_organizers_at_one_form_do_not_overwrite_each_other(revision: int, is_open: bool) -> None:
    bazaar_id = factories.make_bazaar()
    if is_open:
        save(bazaar_id, C.WEBHOOK, WEBHOOK)

    with pytest.raises(Refusal, match="changed_meanwhile"):
        save(bazaar_id, C.WEBHOOK, {**WEBHOOK, "url": "https://lain.example.org"}, revision=revision)

    assert not is_open or fields(bazaar_id) == WEBHOOK


def test_channels_move_one_place_at_a_time_and_stop_at_the_ends() -> None:
    bazaar_id = factories.make_bazaar()
    save(bazaar_id, C.FONNTE, FONNTE)
    save(bazaar_id, C.TELEGRAM, TELEGRAM)
    save(bazaar_id, C.WEBHOOK, WEBHOOK)

    move_account(bazaar_id, C.WEBHOOK, is_up=True, by=None, now=START)
    move_account(bazaar_id, C.FONNTE, is_up=False, by=None, now=START)
    after = order(bazaar_id)
    move_account(bazaar_id, C.WEBHOOK, is_up=True, by=None, now=START)

    assert after == order(bazaar_id) == [C.WEBHOOK, C.FONNTE, C.TELEGRAM]


def test_switching_off_twice_is_once_and_it_comes_back() -> None:
    bazaar_id = factories.make_bazaar()
    save(bazaar_id, C.WEBHOOK, WEBHOOK)

    for is_paused in (True, True, False):
        pause_account(bazaar_id, C.WEBHOOK, is_paused=is_paused, by=None, now=START)

    assert not account(bazaar_id).is_paused
    with reading() as session:
        actions = session.scalars(select(Audit.action).order_by(Audit.id)).all()
    assert actions == ["open_channel", "pause_channel", "resume_channel"]


def test_giving_a_channel_up_forgets_what_was_entered_and_it_can_be_opened_anew() -> None:
    bazaar_id = factories.make_bazaar()
    save(bazaar_id, C.FONNTE, FONNTE)

    withdraw_account(bazaar_id, C.FONNTE, secret_key=SECRET_KEY, by=None, now=START)
    forgotten = fields(bazaar_id)
    save(bazaar_id, C.FONNTE, FONNTE)

    assert forgotten == {}
    assert order(bazaar_id) == [C.FONNTE]


def test_what_is_not_open_can_be_neither_moved_nor_paused_nor_given_up() -> None:
    bazaar_id = factories.make_bazaar()
    acts = (
        lambda: move_account(bazaar_id, C.FONNTE, is_up=True, by=None, now=START),
        lambda: pause_account(bazaar_id, C.FONNTE, is_paused=True, by=None, now=START),
        lambda: withdraw_account(bazaar_id, C.FONNTE, secret_key=SECRET_KEY, by=None, now=START),
    )

    for act in acts:
        with pytest.raises(Refusal, match="channel_not_open"):
            act()


def test_an_account_sealed_with_another_key_begins_empty_and_asks_for_everything() -> None:
    bazaar_id = factories.make_bazaar()
    save(bazaar_id, C.WEBHOOK, WEBHOOK)

    values = account_values(bazaar_id, C.WEBHOOK, secret_key="another-key-0123456789-abcdefghijkl")

    assert (values.is_open, values.is_readable, dict(values.fields), set(values.kept)) == (True, False, {}, set())
    assert handover(bazaar_id, C.WEBHOOK, secret_key="another-key-0123456789-abcdefghijkl") is None
