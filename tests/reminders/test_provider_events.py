"""What services tell us later: kept once, applied in any order with the same end, never lowering what is known."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from flask import Flask
from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.reminders.channel_accounts import seal_fields
from bazaar.reminders.keys import message_key
from bazaar.reminders.provider_events import Applied, apply_events, inlet, store_events
from bazaar.reminders.provider_words import Word
from bazaar.reminders.replies import recent_replies
from bazaar.reminders.reply_meaning import Meaning
from bazaar.states import AnswerKind, ChannelName, DeliveryState, ProviderWord
from bazaar.vendors.answers import answer_turn, newest_answer
from models import Bazaar, ChannelAccount, Delivery, DeliveryEvent, Edition, ProviderEvent, Reminder, Vendor
from tests import factories
from tests.reminders.stage import TURN_AT, Stage, change, delivery_ids, history, outbox, publish, row_count, set_stage, world_of

NOW = TURN_AT - timedelta(minutes=20)
REF = "wamid.1"
PHONE = "+6281200001024"
SECRET = "a key that is long enough for tests, 0123456789"
ORDERS = list(permutations([ProviderWord.ACCEPTED, ProviderWord.DELIVERED, ProviderWord.READ, ProviderWord.FAILED]))


def _word(word: ProviderWord, *, ref: str = REF, key: str = "", note: str = "") -> Word:
    return Word(word, f"{ref}{key}{word}".ljust(64, "0")[:64], ref, key, note=note)


def _reply(text: str, *, sender: str = PHONE, ref: str = "", number: int = 1) -> Word:
    return Word(ProviderWord.REPLY, f"reply{number}".ljust(64, "0"), ref, sender=sender, note=text)


def _stage(**options: object) -> Stage:
    return set_stage(now=TURN_AT - timedelta(hours=3), vendor={"phone": PHONE}, reminder_leads=[30], **options)  # type: ignore[arg-type] # options of a stage


def _sent(state: DeliveryState = DeliveryState.ACCEPTED, **values: object) -> tuple[Stage, int]:
    """A stage whose reminder went by WhatsApp and stands in that state."""
    stage = _stage()
    (delivery_id,) = delivery_ids(stage.edition_id)
    change(Delivery, delivery_id, **{"channel": ChannelName.WHATSAPP, "state": state, "attempt_count": 1, "provider_ref": REF, **values})
    return stage, delivery_id


def _bazaar_id(edition_id: int) -> int:
    with reading() as session:
        return session.get_one(Edition, edition_id).bazaar_id


def _apply(*, now: datetime) -> Applied:
    with transaction() as session:
        return apply_events(session, world_of(), now=now)


def _tell(stage: Stage, *words: Word, now: datetime = NOW, channel: ChannelName = ChannelName.WHATSAPP) -> Applied:
    store_events(_bazaar_id(stage.edition_id), channel, words, now=now)
    return _apply(now=now)


def _state(delivery_id: int) -> DeliveryState:
    with reading() as session:
        return session.get_one(Delivery, delivery_id).state


def _key(delivery_id: int, **options: int) -> str:
    with reading() as session:
        delivery = session.get_one(Delivery, delivery_id)
        return message_key(delivery, session.get_one(Reminder, delivery.reminder_id), **options)


def _answer(stage: Stage, number: int = 0) -> AnswerKind | None:
    with reading() as session:
        return newest_answer(session, stage.slots[number], stage.vendors[0])


# --- Reports --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [True, False])
def test_every_order_of_the_same_words_ends_the_same_way(app: Flask, at_once: bool) -> None:
    stage, delivery_id = _sent()
    ends = []
    for order in ORDERS:
        with transaction() as session:
            session.execute(update(Delivery).where(Delivery.id == delivery_id).values(state=DeliveryState.UNKNOWN))
            session.query(ProviderEvent).delete()
        begun = len(history(delivery_id))
        batches: Sequence[Sequence[ProviderWord]] = [order] if at_once else [[word] for word in order]
        for batch in batches:
            _tell(stage, *[_word(word) for word in batch])
        ends.append(_state(delivery_id))
        rank = [DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ]
        risen = [rank.index(state) for state in history(delivery_id)[begun:] if state in rank]
        assert risen == sorted(risen)

    assert len(ORDERS) == 24
    assert set(ends) == {DeliveryState.READ}


@pytest.mark.parametrize("order", list(permutations([ProviderWord.ACCEPTED, ProviderWord.FAILED])))
def test_a_failure_counts_whether_it_comes_before_or_after_the_yes(app: Flask, order: tuple[ProviderWord, ...]) -> None:
    stage, delivery_id = _sent(DeliveryState.UNKNOWN)

    for word in order:
        _tell(stage, _word(word, note="131026 Message undeliverable"))

    assert _state(delivery_id) is DeliveryState.DEAD
    with reading() as session:
        assert session.get_one(Delivery, delivery_id).last_error == "layanan melapor gagal: 131026 Message undeliverable"


def test_a_failure_asks_the_next_way_while_it_is_of_use(app: Flask) -> None:
    stage, _delivery_id = _sent()

    _tell(stage, _word(ProviderWord.FAILED))

    assert [line.channel for line in outbox(stage.edition_id)] == [ChannelName.WHATSAPP, ChannelName.EMAIL]


def test_a_failure_of_what_is_stale_asks_nobody(app: Flask) -> None:
    stage, _delivery_id = _sent()

    _tell(stage, _word(ProviderWord.FAILED), now=TURN_AT + timedelta(hours=1))

    assert [line.channel for line in outbox(stage.edition_id)] == [ChannelName.WHATSAPP]


def test_a_failure_after_it_arrived_is_noted_and_not_applied(app: Flask) -> None:
    stage, delivery_id = _sent(DeliveryState.DELIVERED)

    _tell(stage, _word(ProviderWord.FAILED, note="131026"))

    assert _state(delivery_id) is DeliveryState.DELIVERED
    with reading() as session:
        notes = session.scalars(select(DeliveryEvent.note).where(DeliveryEvent.delivery_id == delivery_id).order_by(DeliveryEvent.id)).all()
    assert notes[-1] == "layanan melapor gagal setelah sampai, tidak dihitung: 131026"


@pytest.mark.parametrize("state", [DeliveryState.UNKNOWN, DeliveryState.UNRESOLVED])
def test_a_call_that_broke_off_is_cleared_up_by_our_key(app: Flask, state: DeliveryState) -> None:
    stage, delivery_id = _sent(state, provider_ref=None)

    _tell(stage, _word(ProviderWord.ACCEPTED, ref="wamid.9", key=_key(delivery_id)))
    _tell(stage, _word(ProviderWord.READ, ref="wamid.9"))

    assert _state(delivery_id) is DeliveryState.READ
    with reading() as session:
        assert session.get_one(Delivery, delivery_id).provider_ref == "wamid.9"


@pytest.mark.parametrize("state", [DeliveryState.UNRESOLVED, DeliveryState.ACCEPTED])
def test_a_receipt_takes_back_what_waits_for_another_way(app: Flask, state: DeliveryState) -> None:
    stage, delivery_id = _sent(state)
    with transaction() as session:
        reminder_id = session.get_one(Delivery, delivery_id).reminder_id
        session.add(
            Delivery(reminder_id=reminder_id, channel=ChannelName.HAND, state=DeliveryState.WAITING_FOR_HAND, next_at=NOW, created_at=NOW)
        )

    _tell(stage, _word(ProviderWord.DELIVERED))

    assert {line.channel: line.state for line in outbox(stage.edition_id)} == {
        ChannelName.WHATSAPP: DeliveryState.DELIVERED,
        ChannelName.HAND: DeliveryState.CANCELLED,
    }


def test_a_word_about_an_earlier_generation_fails_no_later_one_but_its_arrival_counts(app: Flask) -> None:
    stage, delivery_id = _sent(DeliveryState.UNKNOWN, provider_ref=None, generation=2)
    old_key = _key(delivery_id, generation=1)

    _tell(stage, _word(ProviderWord.FAILED, ref="wamid.old", key=old_key))
    after_failure = _state(delivery_id)
    _tell(stage, _word(ProviderWord.DELIVERED, ref="wamid.old", key=old_key))

    assert (after_failure, _state(delivery_id)) == (DeliveryState.UNKNOWN, DeliveryState.DELIVERED)


def test_a_second_message_that_still_waits_need_not_go_once_the_first_arrived(app: Flask) -> None:
    stage, delivery_id = _sent(DeliveryState.PLANNED, provider_ref=None, generation=2, attempt_count=0)

    _tell(stage, _word(ProviderWord.DELIVERED, ref="wamid.old", key=_key(delivery_id, generation=1)))

    assert _state(delivery_id) is DeliveryState.DELIVERED


def test_a_report_waits_for_the_outcome_of_a_call_that_is_under_way(app: Flask) -> None:
    stage, delivery_id = _sent(DeliveryState.SENDING, provider_ref=None)
    early = _tell(stage, _word(ProviderWord.READ, key=_key(delivery_id)))

    change(Delivery, delivery_id, state=DeliveryState.ACCEPTED, provider_ref=REF)
    late = _apply(now=NOW + timedelta(seconds=5))

    assert (early, late) == (Applied(0, 1), Applied(1, 0))
    assert _state(delivery_id) is DeliveryState.READ


def test_what_is_about_nobodys_message_is_closed_after_ten_minutes(app: Flask) -> None:
    stage, _delivery_id = _sent()

    first = _tell(stage, _word(ProviderWord.READ, ref="wamid.unknown"))
    waiting = _apply(now=NOW + timedelta(minutes=9))
    closed = _apply(now=NOW + timedelta(minutes=10))

    assert (first, waiting, closed) == (Applied(0, 1), Applied(), Applied(1, 0))
    assert _apply(now=NOW + timedelta(hours=1)) == Applied()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_fonntes_second_number_leads_to_the_message_in_any_order(app: Flask, order: tuple[int, ...]) -> None:
    stage, delivery_id = _sent(channel=ChannelName.FONNTE, provider_ref="80367001")
    words = [
        _word(ProviderWord.ACCEPTED, ref="80367001", key="S1"),
        _word(ProviderWord.DELIVERED, ref="S1"),
        _word(ProviderWord.READ, ref="S1"),
    ]

    for number in order:
        _tell(stage, words[number], channel=ChannelName.FONNTE)

    assert _state(delivery_id) is DeliveryState.READ


def test_an_event_told_twice_is_kept_once(app: Flask) -> None:
    stage, _delivery_id = _sent()
    bazaar_id = _bazaar_id(stage.edition_id)
    word = _word(ProviderWord.READ)

    counts = [store_events(bazaar_id, ChannelName.WHATSAPP, words, now=NOW) for words in ([word, word], [word], [])]

    assert counts == [1, 0, 0]
    assert row_count(ProviderEvent) == 1


def test_another_bazaars_reports_touch_nothing_here(app: Flask) -> None:
    _stage_here, delivery_id = _sent()
    other = factories.make_edition()

    store_events(_bazaar_id(other), ChannelName.WHATSAPP, [_word(ProviderWord.READ)], now=NOW)
    _apply(now=NOW)

    assert _state(delivery_id) is DeliveryState.ACCEPTED


def test_reports_about_what_others_send_from_the_same_number_stand_in_nobodys_way(app: Flask) -> None:
    stage, delivery_id = _sent()
    foreign = [_word(ProviderWord.DELIVERED, ref=f"wamid.foreign{number}") for number in range(400)]
    store_events(_bazaar_id(stage.edition_id), ChannelName.WHATSAPP, foreign, now=NOW)

    done = _tell(stage, _word(ProviderWord.READ), now=NOW + timedelta(minutes=1))

    assert done == Applied(1, 0)
    assert _state(delivery_id) is DeliveryState.READ


def test_a_report_that_came_long_before_our_own_commit_finds_its_place_in_time(app: Flask) -> None:
    stage, delivery_id = _sent(DeliveryState.SENDING, provider_ref=None)
    _tell(stage, _word(ProviderWord.READ))
    change(Delivery, delivery_id, state=DeliveryState.ACCEPTED, provider_ref=REF)

    _apply(now=NOW + timedelta(minutes=8))

    assert _state(delivery_id) is DeliveryState.READ


def test_many_events_are_applied_in_rounds(app: Flask) -> None:
    stage, _delivery_id = _sent()
    words = [_word(ProviderWord.READ, ref=f"wamid.{number}") for number in range(700)]
    store_events(_bazaar_id(stage.edition_id), ChannelName.WHATSAPP, words, now=NOW)

    rounds = [_apply(now=NOW + timedelta(minutes=11)).applied_count for _round in range(4)]

    assert rounds == [300, 300, 100, 0]


# --- Replies --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"), [("SIAP", AnswerKind.READY), ("maaf bu, berhalangan", AnswerKind.UNABLE), ("berapa menit?", None)]
)
def test_a_reply_answers_for_the_next_turn(app: Flask, text: str, answer: AnswerKind | None) -> None:
    stage = _stage()

    _tell(stage, _reply(text, sender="6281200001024"))

    assert _answer(stage) is answer


def test_a_reply_is_about_nothing_when_no_turn_is_near(app: Flask) -> None:
    stage = _stage()

    _tell(stage, _reply("siap"), now=TURN_AT - timedelta(hours=37))

    assert _answer(stage) is None


def test_a_reply_to_a_message_is_about_the_turn_of_that_message(app: Flask) -> None:
    stage = _stage()
    later = factories.slot_ids(factories.make_live_session(stage.edition_id, starts_at=TURN_AT + timedelta(days=5)))[0]
    publish(stage.edition_id, [(stage.slots[0], stage.vendors[0]), (later, stage.vendors[0])], now=NOW)
    with transaction() as session:
        delivery = session.scalars(select(Delivery).join(Reminder).where(Reminder.slot_id == later)).one()
        delivery.channel, delivery.state, delivery.provider_ref = ChannelName.WHATSAPP, DeliveryState.ACCEPTED, REF

    _tell(stage, _reply("Siap", ref=REF))

    with reading() as session:
        assert newest_answer(session, later, stage.vendors[0]) is AnswerKind.READY
    assert _answer(stage) is None


def test_a_reply_that_waited_does_not_overrule_a_newer_answer(app: Flask) -> None:
    stage = _stage()
    store_events(_bazaar_id(stage.edition_id), ChannelName.WHATSAPP, [_reply("siap")], now=NOW)
    answer_turn(stage.edition_id, stage.slots[0], stage.vendors[0], AnswerKind.UNABLE, now=NOW + timedelta(minutes=1))

    _apply(now=NOW + timedelta(minutes=2))

    assert _answer(stage) is AnswerKind.UNABLE


def test_a_strangers_reply_and_one_from_another_bazaar_answer_nothing(app: Flask) -> None:
    stage = _stage()
    other = factories.make_edition()

    _tell(stage, _reply("siap", sender="+6281299999999"))
    store_events(_bazaar_id(other), ChannelName.WHATSAPP, [_reply("siap", number=2)], now=NOW)
    _apply(now=NOW)

    assert _answer(stage) is None


def test_a_reply_by_telegram_is_known_by_its_chat(app: Flask) -> None:
    stage = _stage()
    change(Vendor, stage.vendors[0], telegram_chat="778899")

    _tell(stage, _reply("siap", sender="778899"), channel=ChannelName.TELEGRAM)

    assert _answer(stage) is AnswerKind.READY


def test_stop_ends_all_messages(app: Flask) -> None:
    stage = _stage()

    _tell(stage, _reply("STOP"))

    with reading() as session:
        assert session.get_one(Vendor, stage.vendors[0]).opted_out_at == NOW


def test_organizers_read_what_was_written_and_what_was_understood(app: Flask) -> None:
    stage = _stage()

    _tell(stage, _reply("siap"), _reply("Zoom-nya pakai HP siapa?", number=2), _reply("halo", sender="+6281299999999", number=3))

    replies = recent_replies(stage.edition_id, now=NOW + timedelta(hours=1))
    assert [(line.vendor_id, line.text) for line in replies.to_read] == [(stage.vendors[0], "Zoom-nya pakai HP siapa?")]
    assert [(line.text, line.meaning, line.chat_url) for line in replies.understood] == [
        ("siap", Meaning.READY, "https://wa.me/6281200001024")
    ]
    assert recent_replies(stage.edition_id, now=NOW + timedelta(days=4)).to_read == ()


# --- Accounts -------------------------------------------------------------------------------------------------------------


def test_an_inlet_opens_for_the_accounts_own_bazaar_only(app: Flask) -> None:
    here, there = factories.make_bazaar(), factories.make_bazaar()
    with transaction() as session:
        session.add(ChannelAccount(bazaar_id=here, channel=ChannelName.FONNTE, sealed=seal_fields({"token": "x"}, SECRET), created_at=NOW))
    with reading() as session:
        slugs = {id_: session.get_one(Bazaar, id_).slug for id_ in (here, there)}

    opened = inlet(slugs[here], ChannelName.FONNTE, secret_key=SECRET)

    assert opened is not None
    assert (opened.bazaar_id, opened.fields) == (here, {"token": "x"})
    assert inlet(slugs[there], ChannelName.FONNTE, secret_key=SECRET) is None
    assert inlet(slugs[here], ChannelName.TELEGRAM, secret_key=SECRET) is None
    assert inlet(slugs[here], ChannelName.FONNTE, secret_key=SECRET + "x") is None
    assert inlet("tidak-ada", ChannelName.FONNTE, secret_key=SECRET) is None
