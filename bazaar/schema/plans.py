"""What is planned: editions, live sessions cut into slots, vendors with products, days off, wishes, and their past."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bazaar.schema.columns import Base, Json, Key, Name, Rupiah


def usual_weights() -> list[dict[str, Any]]:
    """Hour bands by weekdays, Monday first: evenings draw more than the hours before 18.00, and Friday to Sunday more than other days."""
    return [{"from_minute": 0, "weights": [130] * 4 + [169] * 3}, {"from_minute": 18 * 60, "weights": [150] * 4 + [195] * 3}]


class Edition(Base):
    """One run of a bazaar, with the rules by which its turns are shared out."""

    __tablename__ = "edition"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("gap_days >= 0 AND wanted_gap_days >= gap_days", name="gaps_ordered"),
        CheckConstraint("good_until_minute > good_from_minute", name="good_hours_ordered"),
        CheckConstraint("grace_seconds >= 0", name="grace_not_negative"),
    )

    id: Mapped[Key]
    bazaar_id: Mapped[int] = mapped_column(ForeignKey("bazaar.id"), index=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)  # unique over all bazaars: commands and public pages name it alone
    name: Mapped[Name]
    timezone: Mapped[str] = mapped_column(String(60), default="Asia/Jakarta")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    gap_days: Mapped[int] = mapped_column(default=3)  # two turns of a vendor lie at least so many days apart
    wanted_gap_days: Mapped[int] = mapped_column(default=10)
    adjacent_categories: Mapped[str] = mapped_column(String(4), default="soft")  # soft: avoided; hard: forbidden
    good_from_minute: Mapped[int] = mapped_column(default=19 * 60 + 30)  # local minutes since midnight
    good_until_minute: Mapped[int] = mapped_column(default=21 * 60 + 30)
    audience_weights: Mapped[Json] = mapped_column(default=usual_weights)  # points = minutes x these, as parts of a hundred
    decay_pct: Mapped[Json] = mapped_column(default=lambda: [60, 30])  # how much the edition before counts, and the one before that
    reminder_leads: Mapped[Json] = mapped_column(default=lambda: [1440, 30, 10])  # minutes before the turn
    quiet_from_minute: Mapped[int] = mapped_column(default=22 * 60)  # local minutes: between these what can wait is not sent
    quiet_until_minute: Mapped[int] = mapped_column(default=6 * 60)  # before the other one: the quiet passes midnight
    grace_seconds: Mapped[int] = mapped_column(default=120)  # a claim may trail the stream's delay
    closing_count: Mapped[int] = mapped_column(default=0)  # the newest closing number; raised in the closing's own transaction
    rotation_count: Mapped[int] = mapped_column(default=0)  # the newest rotation number
    revision: Mapped[int] = mapped_column(default=0)  # raised by every change of settings: two organizers cannot overwrite each other
    is_demo: Mapped[bool] = mapped_column(default=False)  # its invented phone numbers are never written to over a real channel
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class LiveSession(Base):
    """One broadcast: an evening or an afternoon, cut into slots."""

    __tablename__ = "live_session"
    __table_args__ = (
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("edition_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("slot_minutes > 0", name="slot_minutes_positive"),
    )

    id: Mapped[Key]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    slot_minutes: Mapped[int]
    host_name: Mapped[str] = mapped_column(String(120), default="")
    zoom_url: Mapped[str] = mapped_column(String(400), default="")
    youtube_url: Mapped[str] = mapped_column(String(400), default="")
    languages: Mapped[Json | None]  # codes a vendor must speak one of; null: no rule
    last_server_seq: Mapped[int] = mapped_column(default=0)  # the ledger's gap-free counter
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]  # called off; its slots take no vendor
    archived_at: Mapped[datetime | None]

    slots: Mapped[list["Slot"]] = relationship(back_populates="live_session", order_by="Slot.position", lazy="raise_on_sql")


class Slot(Base):
    """A stretch of a live session that one vendor can have."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("live_session_id", "position"),
        ForeignKeyConstraint(["edition_id", "live_session_id"], ["live_session.edition_id", "live_session.id"]),
        ForeignKeyConstraint(["edition_id", "pinned_vendor_id"], ["vendor.edition_id", "vendor.id"]),
        CheckConstraint("position >= 1", name="position_from_one"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("points >= 0", name="points_not_negative"),
    )

    id: Mapped[Key]
    edition_id: Mapped[int]
    live_session_id: Mapped[int]
    position: Mapped[int]  # 1 is the first of its live session
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    points: Mapped[int]  # minutes x audience weight, rounded half up
    pinned_vendor_id: Mapped[int | None]  # the organizer's word: this vendor and no other

    live_session: Mapped[LiveSession] = relationship(back_populates="slots", lazy="raise_on_sql", overlaps="slots")


class Vendor(Base):
    """A small business that sells in this edition."""

    __tablename__ = "vendor"
    __table_args__ = (
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("edition_id", "business_name"),
        CheckConstraint("min_turns >= 0 AND (max_turns IS NULL OR max_turns >= min_turns)", name="turn_limits_ordered"),
    )

    id: Mapped[Key]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    business_name: Mapped[Name]
    owner_name: Mapped[Name]  # with the form of address: Bu, Pak, Mbak, Mas
    category: Mapped[str] = mapped_column(String(60))
    district: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(20))  # E.164
    is_phone_public: Mapped[bool] = mapped_column(default=False)  # only with the vendor's consent
    phone_consent_at: Mapped[datetime | None]
    email: Mapped[str] = mapped_column(String(254), default="")
    featured_product: Mapped[str] = mapped_column(String(200), default="")
    languages: Mapped[Json] = mapped_column(default=list)  # names as imported: Indonesia, Jawa, Madura, Inggris
    instagram: Mapped[str] = mapped_column(String(120), default="")
    shopee: Mapped[str] = mapped_column(String(120), default="")
    tokopedia: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    available_from_minute: Mapped[int | None]  # local minutes since midnight; a hard rule, unlike a wish
    available_until_minute: Mapped[int | None]
    min_turns: Mapped[int] = mapped_column(default=1)
    max_turns: Mapped[int | None]
    opted_out_at: Mapped[datetime | None]  # wants no messages
    channel_order: Mapped[Json | None]  # channel names, the first to try first; null: the usual order of the bazaar's channels
    message_language: Mapped[str] = mapped_column(String(2), default="")  # id, en, jv; empty: by the languages the vendor speaks
    telegram_chat: Mapped[str] = mapped_column(String(40), default="")  # known once the vendor greeted the bazaar's bot
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]  # no longer takes part; keeps its past
    archived_at: Mapped[datetime | None]

    products: Mapped[list["Product"]] = relationship(back_populates="vendor", order_by="Product.id", lazy="raise_on_sql")


class Product(Base):
    """Something a vendor sells, with the short code that is spoken and typed during the stream."""

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        ForeignKeyConstraint(["edition_id", "vendor_id"], ["vendor.edition_id", "vendor.id"]),
        CheckConstraint("price_idr > 0", name="price_positive"),
        CheckConstraint("stock IS NULL OR stock >= 0", name="stock_not_negative"),
    )

    id: Mapped[Key]
    edition_id: Mapped[int]
    vendor_id: Mapped[int] = mapped_column(index=True)
    code: Mapped[str] = mapped_column(String(12))  # upper case
    name: Mapped[Name]
    price_idr: Mapped[Rupiah]
    unit: Mapped[str] = mapped_column(String(30), default="")
    stock: Mapped[int | None]  # null: made to order, not counted
    weight_grams: Mapped[int | None]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]

    vendor: Mapped[Vendor] = relationship(back_populates="products", lazy="raise_on_sql")


class Availability(Base):
    """A day on which a vendor cannot come: every such weekday, or one date."""

    __tablename__ = "availability"
    __table_args__ = (
        CheckConstraint("(weekday IS NULL) <> (off_on IS NULL)", name="weekday_or_date"),
        CheckConstraint("weekday IS NULL OR weekday BETWEEN 0 AND 6", name="weekday_known"),
        UniqueConstraint("vendor_id", "weekday", "off_on"),
    )

    id: Mapped[Key]
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id", ondelete="CASCADE"))
    weekday: Mapped[int | None]  # 0 is Monday
    off_on: Mapped[date | None]


class Wish(Base):
    """What a vendor would like and may not get: hours (local minutes since midnight) and weekdays."""

    __tablename__ = "wish"

    id: Mapped[Key]
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id", ondelete="CASCADE"), unique=True)
    from_minute: Mapped[int | None]  # a start at or after this
    until_minute: Mapped[int | None]  # and before this
    weekdays: Mapped[Json | None]  # a list of 0 to 6, or null for any


class PastTurn(Base):
    """A turn of an earlier edition, imported: what the vendor's credit is counted from."""

    __tablename__ = "past_turn"
    __table_args__ = (
        UniqueConstraint("vendor_id", "edition_name", "started_at"),
        CheckConstraint("minutes_aired >= 0", name="minutes_not_negative"),
    )

    id: Mapped[Key]
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id", ondelete="CASCADE"))
    edition_name: Mapped[Name]
    started_at: Mapped[datetime]
    minutes_aired: Mapped[int]  # really on air; a lost connection counts as lost minutes
    viewer_count: Mapped[int | None]
