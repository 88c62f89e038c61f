"""real channels: accounts of bazaars, browsers to push to, what providers say, own wordings, holds; more words for deliveries.

SQLite cannot change a CHECK in place: there the two tables with the lists of channels and states are written anew, from the description
below, which names all that a copy must keep.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_CHANNELS_BEFORE = ("console", "email", "hand")
_CHANNELS = ("console", "email", "push", "whatsapp", "fonnte", "webhook", "telegram", "apprise", "hand")
_STATES_BEFORE = (
    *("planned", "claimed", "sending", "accepted", "delivered", "read", "retry_wait", "waiting_for_hand", "unknown"),
    *("dead", "expired", "superseded", "cancelled", "suppressed"),
)
_STATES = (*_STATES_BEFORE[:9], "unresolved", *_STATES_BEFORE[9:])
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("edition", sa.Column("quiet_from_minute", sa.Integer(), nullable=False, server_default="1320"))
    op.add_column("edition", sa.Column("quiet_until_minute", sa.Integer(), nullable=False, server_default="360"))
    op.add_column("vendor", sa.Column("channel_order", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("vendor", sa.Column("message_language", sa.String(length=2), nullable=False, server_default=""))
    op.add_column("vendor", sa.Column("telegram_chat", sa.String(length=40), nullable=False, server_default=""))
    _make_tables()
    with op.batch_alter_table("delivery", copy_from=_delivery(_CHANNELS_BEFORE, _STATES_BEFORE), recreate="auto") as batch:
        _change_list(batch, "delivery", "channel", "channel_name", _CHANNELS)
        _change_list(batch, "delivery", "state", "delivery_state", _STATES)
        batch.add_column(sa.Column("generation", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("address_hash", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("called_at", _INSTANT, nullable=True))
        batch.create_check_constraint(op.f("ck_delivery_generation_from_one"), "generation >= 1")
        batch.create_index("ix_delivery_provider_ref", ["provider_ref"])
        batch.create_index("ix_delivery_spacing", ["address_hash", "called_at"])
    _change_event_states(_STATES_BEFORE, _STATES)


def downgrade() -> None:
    """What went over channels that the older program does not know goes, with its history: it could not be read there."""
    _allow_rewriting("delivery_event")
    known = ", ".join(f"'{name}'" for name in _CHANNELS_BEFORE)
    op.execute(f"DELETE FROM delivery_event WHERE delivery_id IN (SELECT id FROM delivery WHERE channel NOT IN ({known}))")
    op.execute(f"DELETE FROM delivery WHERE channel NOT IN ({known})")
    op.execute("UPDATE delivery_event SET state = 'unknown' WHERE state = 'unresolved'")
    op.execute("UPDATE delivery SET state = 'dead' WHERE state = 'unresolved'")
    _change_event_states(_STATES, _STATES_BEFORE)
    with op.batch_alter_table("delivery", copy_from=_delivery(_CHANNELS, _STATES, is_new=True)) as batch:
        batch.drop_index("ix_delivery_spacing")
        batch.drop_index("ix_delivery_provider_ref")
        batch.drop_constraint(op.f("ck_delivery_generation_from_one"), type_="check")
        for name in ("called_at", "address_hash", "generation"):
            batch.drop_column(name)
        _change_list(batch, "delivery", "state", "delivery_state", _STATES_BEFORE)
        _change_list(batch, "delivery", "channel", "channel_name", _CHANNELS_BEFORE)
    for table in ("sending_hold", "message_text", "provider_event", "push_subscription", "channel_account"):
        op.drop_table(table)
    for name in ("telegram_chat", "message_language", "channel_order"):
        op.drop_column("vendor", name)
    for name in ("quiet_until_minute", "quiet_from_minute"):
        op.drop_column("edition", name)


def _make_tables() -> None:
    op.create_table(
        "channel_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bazaar_id", sa.Integer(), nullable=False),
        sa.Column("channel", _words(_CHANNELS, "channel_name"), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("daily_limit", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.Column("retry_at", _INSTANT, nullable=True),
        sa.Column("last_error", sa.String(length=400), nullable=True),
        sa.Column("last_ok_at", _INSTANT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.CheckConstraint("daily_limit IS NULL OR daily_limit > 0", name=op.f("ck_channel_account_daily_limit_positive")),
        sa.CheckConstraint("failure_count >= 0", name=op.f("ck_channel_account_failures_not_negative")),
        sa.ForeignKeyConstraint(["bazaar_id"], ["bazaar.id"], name=op.f("fk_channel_account_bazaar_id_bazaar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_account")),
    )
    current = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_channel_account_current",
        "channel_account",
        ["bazaar_id", "channel"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("endpoint_hash", sa.String(length=64), nullable=False),
        sa.Column("p256dh", sa.String(length=120), nullable=False),
        sa.Column("auth", sa.String(length=60), nullable=False),
        sa.Column("device_name", sa.String(length=120), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("last_ok_at", _INSTANT, nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_push_subscription_vendor_id_vendor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_subscription_endpoint_hash")),
    )
    op.create_index(op.f("ix_push_subscription_vendor_id"), "push_subscription", ["vendor_id"])
    op.create_table(
        "provider_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bazaar_id", sa.Integer(), nullable=False),
        sa.Column("channel", _words(_CHANNELS, "channel_name"), nullable=False),
        sa.Column("event_key", sa.String(length=64), nullable=False),
        sa.Column("provider_ref", sa.String(length=200), nullable=False),
        sa.Column("word", _words(("accepted", "delivered", "read", "failed", "reply"), "provider_word"), nullable=False),
        sa.Column("sender", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("said_at", _INSTANT, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("applied_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["bazaar_id"], ["bazaar.id"], name=op.f("fk_provider_event_bazaar_id_bazaar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_event")),
        sa.UniqueConstraint("bazaar_id", "channel", "event_key", name=op.f("uq_provider_event_bazaar_id_channel_event_key")),
    )
    op.create_index("ix_provider_event_waiting", "provider_event", ["applied_at", "provider_ref"])
    op.create_table(
        "message_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("kind", _words(("before", "changed", "cancelled", "recap"), "reminder_kind"), nullable=False),
        sa.Column("is_long_before", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_text_account_id_account")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_message_text_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_text")),
        sa.UniqueConstraint(
            *("edition_id", "kind", "is_long_before", "language"), name=op.f("uq_message_text_edition_id_kind_is_long_before_language")
        ),
    )
    op.create_table(
        "sending_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", _words(("clock", "restore"), "hold_reason"), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=True),
        sa.Column("released_at", _INSTANT, nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["released_by"], ["account.id"], name=op.f("fk_sending_hold_released_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_hold")),
    )


def _words(words: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=24)


def _change_list(batch: object, table: str, column: str, name: str, words: tuple[str, ...]) -> None:
    batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")  # type: ignore[attr-defined]
    batch.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.column(column).in_(words))  # type: ignore[attr-defined]


def _change_event_states(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """The history's triggers go with the table where it is written anew, so they are taken off and put on again everywhere."""
    _allow_rewriting("delivery_event")
    with op.batch_alter_table("delivery_event", copy_from=_delivery_event(before)) as batch:
        _change_list(batch, "delivery_event", "state", "delivery_state", after)
    _forbid_rewriting("delivery_event")


def _one_of(table: str, column: str, name: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(sa.column(column).in_(words), name=op.f(f"ck_{table}_{name}"))


def _delivery(channels: tuple[str, ...], states: tuple[str, ...], *, is_new: bool = False) -> sa.Table:
    table = sa.Table(
        "delivery",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reminder_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("next_at", _INSTANT, nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("owner_epoch", sa.Integer(), nullable=True),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("last_error", sa.String(length=400), nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["reminder_id"], ["reminder.id"], name=op.f("fk_delivery_reminder_id_reminder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("reminder_id", "channel", name=op.f("uq_delivery_reminder_id_channel")),
        _one_of("delivery", "channel", "channel_name", channels),
        _one_of("delivery", "state", "delivery_state", states),
        sa.Index("ix_delivery_claim", "state", "next_at"),
    )
    if is_new:
        for column in (
            sa.Column("generation", sa.Integer(), nullable=False, server_default="1"),
            sa.Column("address_hash", sa.String(length=64), nullable=True),
            sa.Column("called_at", _INSTANT, nullable=True),
        ):
            table.append_column(column)
        table.append_constraint(sa.CheckConstraint("generation >= 1", name=op.f("ck_delivery_generation_from_one")))
        sa.Index("ix_delivery_provider_ref", table.c.provider_ref)
        sa.Index("ix_delivery_spacing", table.c.address_hash, table.c.called_at)
    return table


def _delivery_event(states: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "delivery_event",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_delivery_event_account_id_account")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_event_delivery_id_delivery")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_event")),
        _one_of("delivery_event", "state", "delivery_state", states),
        sa.Index(op.f("ix_delivery_event_delivery_id"), "delivery_id"),
    )


def _allow_rewriting(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        return
    op.execute(f'DROP TRIGGER IF EXISTS {table}_append_only ON "{table}"')


def _forbid_rewriting(table: str) -> None:
    """History is never edited: the database itself refuses UPDATE and DELETE on these tables."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON \"{table}\" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()')
