"""Telling them: reminders and their deliveries, the channels they go by, what providers say, and who sends."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bazaar.schema.columns import Base, Json, Key, Sha256
from bazaar.states import ChannelName, DeliveryState, HoldReason, ProviderWord, ReminderKind, ReminderState


class Reminder(Base):
    """The intention to write: to whom, about what, when. Its key makes planning the same thing twice harmless."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("edition_id", "key"),
        CheckConstraint("stale_at > due_at", name="stale_after_due"),
        Index("ix_reminder_due", "state", "due_at"),
    )

    id: Mapped[Key]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    key: Mapped[str] = mapped_column(String(120))
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    kind: Mapped[ReminderKind]
    lead_minutes: Mapped[int | None]  # for `before`
    turn_starts_at: Mapped[datetime | None]  # of a notice: the nearest turn it is about
    details: Mapped[Json] = mapped_column(default=dict)  # what the text needs and the tables no longer tell: old times, totals
    due_at: Mapped[datetime]
    stale_at: Mapped[datetime]  # from here on it would do harm
    state: Mapped[ReminderState] = mapped_column(default=ReminderState.PLANNED)
    created_at: Mapped[datetime]

    deliveries: Mapped[list["Delivery"]] = relationship(back_populates="reminder", lazy="raise_on_sql")


class Delivery(Base):
    """A reminder over one channel, with its attempts. No provider is called without a committed `sending` row."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("reminder_id", "channel"),
        CheckConstraint("generation >= 1", name="generation_from_one"),
        Index("ix_delivery_claim", "state", "next_at"),
        Index("ix_delivery_provider_ref", "provider_ref"),
        Index("ix_delivery_spacing", "address_hash", "called_at"),
    )

    id: Mapped[Key]
    reminder_id: Mapped[int] = mapped_column(ForeignKey("reminder.id"))
    channel: Mapped[ChannelName]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.PLANNED)
    next_at: Mapped[datetime]  # when it may be claimed; of an unknown one: until when a word of the provider is waited for
    attempt_count: Mapped[int] = mapped_column(default=0)
    generation: Mapped[int] = mapped_column(default=1)  # a person's "send again" starts a new one, with another key for the provider
    owner: Mapped[str | None] = mapped_column(String(80))
    owner_epoch: Mapped[int | None]
    lease_until: Mapped[datetime | None]
    provider_ref: Mapped[str | None] = mapped_column(String(200))
    address_hash: Mapped[Sha256 | None]  # of the address last called: messages to one address keep their distance
    called_at: Mapped[datetime | None]  # when the last call began
    text: Mapped[str | None] = mapped_column(Text)  # what was really written, rendered when sent
    last_error: Mapped[str | None] = mapped_column(String(400))
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    reminder: Mapped[Reminder] = relationship(back_populates="deliveries", lazy="raise_on_sql")


class DeliveryEvent(Base):
    """One step in a delivery's life, for the person who asks what happened. Append-only."""

    __tablename__ = "delivery_event"

    id: Mapped[Key]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    at: Mapped[datetime]
    state: Mapped[DeliveryState]
    note: Mapped[str] = mapped_column(String(400), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class ChannelAccount(Base):
    """A bazaar's own access to a channel: a number, a bot, a gateway. The last one per channel that is not withdrawn counts."""

    __tablename__ = "channel_account"
    __table_args__ = (
        Index(
            "uq_channel_account_current",
            "bazaar_id",
            "channel",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        CheckConstraint("daily_limit IS NULL OR daily_limit > 0", name="daily_limit_positive"),
        CheckConstraint("failure_count >= 0", name="failures_not_negative"),
    )

    id: Mapped[Key]
    bazaar_id: Mapped[int] = mapped_column(ForeignKey("bazaar.id"))
    channel: Mapped[ChannelName]
    sealed: Mapped[str] = mapped_column(Text)  # its fields as JSON, encrypted with a key derived from SECRET_KEY
    daily_limit: Mapped[int | None]  # messages a day; null: no limit of ours
    rank: Mapped[int] = mapped_column(default=0)  # the usual order of a bazaar's channels, the lowest first
    is_paused: Mapped[bool] = mapped_column(default=False)  # an organizer switched it off
    failure_count: Mapped[int] = mapped_column(default=0)  # in a row, of the channel itself; from five on only a probe goes
    retry_at: Mapped[datetime | None]  # before this nothing is tried over it: it asked for a pause, or its breaker is open
    last_error: Mapped[str | None] = mapped_column(String(400))
    last_ok_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class PushSubscription(Base):
    """A browser that shows a vendor's notifications. Ends when the vendor switches it off or the push service knows it no more."""

    __tablename__ = "push_subscription"

    id: Mapped[Key]
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"), index=True)
    endpoint: Mapped[str] = mapped_column(Text)
    endpoint_hash: Mapped[Sha256] = mapped_column(unique=True)
    p256dh: Mapped[str] = mapped_column(String(120))
    auth: Mapped[str] = mapped_column(String(60))
    device_name: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    last_ok_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ProviderEvent(Base):
    """What a provider told us: a later word about a message, or an answer. Kept once, parked until its delivery is known."""

    __tablename__ = "provider_event"
    __table_args__ = (
        UniqueConstraint("bazaar_id", "channel", "event_key"),
        Index("ix_provider_event_waiting", "applied_at", "provider_ref"),
    )

    id: Mapped[Key]
    bazaar_id: Mapped[int] = mapped_column(ForeignKey("bazaar.id"))
    channel: Mapped[ChannelName]
    event_key: Mapped[Sha256]  # of what makes it one event: a provider may tell it several times
    provider_ref: Mapped[str] = mapped_column(String(200), default="")  # its name for our message, or ours for it
    word: Mapped[ProviderWord]
    sender: Mapped[str] = mapped_column(String(60), default="")  # of a reply: the vendor's address; else the message's other name
    note: Mapped[str] = mapped_column(String(400), default="")  # why it failed, or the reply's first words
    said_at: Mapped[datetime]  # by the provider's clock: shown, never trusted
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class MessageText(Base):
    """An edition's own wording of a kind of message in a language. Without a row, or with an emptied one, the usual text goes out."""

    __tablename__ = "message_text"
    __table_args__ = (UniqueConstraint("edition_id", "kind", "is_long_before", "language"),)

    id: Mapped[Key]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    kind: Mapped[ReminderKind]
    is_long_before: Mapped[bool] = mapped_column(default=False)  # of `before`: the reminder that leaves time to arrange a day
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class SendingHold(Base):
    """A stretch in which nothing is sent because it might be wrong; it ends by itself or by a person's word."""

    __tablename__ = "sending_hold"

    id: Mapped[Key]
    reason: Mapped[HoldReason]
    note: Mapped[str] = mapped_column(String(400), default="")
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]  # null: a person must decide
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class WorkerLease(Base):
    """Who may send right now. The epoch rises with every change of hands and fences the one before."""

    __tablename__ = "worker_lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    epoch: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str] = mapped_column(String(80), default="")
    expires_at: Mapped[datetime]


class Beat(Base):
    """When each beat of the scheduler last began and finished: what the health page and the banner read."""

    __tablename__ = "beat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    began_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(400))
    missed_count: Mapped[int] = mapped_column(default=0)  # ticks that APScheduler missed; the beat went on without them


class Digest(Base):
    """The letter that tells an organizer in the morning about the evening ahead. One for each edition, person and day."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("edition_id", "account_id", "day"),)

    id: Mapped[Key]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    day: Mapped[date]
    attempt_count: Mapped[int] = mapped_column(default=0)  # counted before the call, as with every message
    next_at: Mapped[datetime]  # while it is being sent: until when nobody else may
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(400))  # after the last attempt: why it did not leave
    created_at: Mapped[datetime]
