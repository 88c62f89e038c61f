"""The schema of Giliran, in the order of its story; SQLAlchemy only, no queries, no Flask.

A *bazaar* has members (*accounts* with a role) and runs *editions*. An edition has *live sessions* cut into *slots*, and
*vendors* with *products*, days on which they cannot come and wishes. A *rotation* puts one vendor on each slot: its *turns*;
a *planning job* is the planner at work on one. Publishing a rotation plans *reminders*; each travels as a *delivery* over one
channel (with a bazaar's own *channel account*, or to a browser's *push subscription*), and every step leaves a *delivery event*;
what a provider says later is a *provider event*. *Message texts* are what an edition words in its own way, a *sending hold* stops
all sending until it is safe; a *digest* is the organizers' own letter in the morning. A vendor opens a personal *link* and *answers*.
While the stream runs, hosts append *entries* to the ledger: *sales* and *voids*, and whoever is there notes lost minutes in an *air
report* and viewers in an *audience count*. When a turn is over its books are frozen in a *closing*; what arrives later is a
*supplement*. Whatever a person changes leaves an *audit* row.

Plans come and go, so a turn belongs to one rotation; what really happened (answers, sales, closings) hangs on the slot and
the vendor, which outlive every re-planning. Money is whole rupiah, instants are UTC, and history is never edited.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry, relationship

from bazaar.states import (
    AnswerKind,
    ChannelName,
    DeliveryState,
    EntryKind,
    HoldReason,
    LinkKind,
    OrderStep,
    PaymentMethod,
    PlanningState,
    ProviderWord,
    ReminderKind,
    ReminderState,
    Role,
    RotationState,
    TokenPurpose,
    Verdict,
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive values on the way in, gives aware ones on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _enum(kind: type[Any], name: str) -> Enum:
    """A column of words with a CHECK that knows them all."""
    return Enum(
        kind, name=name, native_enum=False, create_constraint=True, length=24, values_callable=lambda members: [m.value for m in members]
    )


Key = Annotated[int, mapped_column(primary_key=True)]
Rupiah = Annotated[int, mapped_column(BigInteger)]  # a turn's sum may pass two thousand million
Name = Annotated[str, mapped_column(String(120))]
Sha256 = Annotated[str, mapped_column(String(64))]
Json = Annotated[Any, mapped_column(JSON(none_as_null=True))]


class Base(DeclarativeBase):
    """Our own base: `db.Model` would hide the columns from the type checker."""

    # Flask-SQLAlchemy 3.1 takes over `metadata`; a type map on the class itself makes it raise, so it rides in the registry.
    registry: ClassVar[registry] = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_N_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: Instant,
            date: Date,
            str: String(400),
            Role: _enum(Role, "role"),
            RotationState: _enum(RotationState, "rotation_state"),
            PlanningState: _enum(PlanningState, "planning_state"),
            AnswerKind: _enum(AnswerKind, "answer_kind"),
            LinkKind: _enum(LinkKind, "link_kind"),
            TokenPurpose: _enum(TokenPurpose, "token_purpose"),
            ReminderKind: _enum(ReminderKind, "reminder_kind"),
            ReminderState: _enum(ReminderState, "reminder_state"),
            DeliveryState: _enum(DeliveryState, "delivery_state"),
            ChannelName: _enum(ChannelName, "channel_name"),
            ProviderWord: _enum(ProviderWord, "provider_word"),
            HoldReason: _enum(HoldReason, "hold_reason"),
            EntryKind: _enum(EntryKind, "entry_kind"),
            Verdict: _enum(Verdict, "verdict"),
            PaymentMethod: _enum(PaymentMethod, "payment_method"),
            OrderStep: _enum(OrderStep, "order_step"),
        },
    )


def usual_weights() -> list[dict[str, Any]]:
    """Hour bands by weekdays, Monday first: evenings draw more than the hours before 18.00, and Friday to Sunday more than other days."""
    return [{"from_minute": 0, "weights": [130] * 4 + [169] * 3}, {"from_minute": 18 * 60, "weights": [150] * 4 + [195] * 3}]


# --- Who runs the bazaar -------------------------------------------------------------------------------------------------


class Bazaar(Base):
    """An organization that runs a Pasar Virtual: the tenant, beyond which nobody sees."""

    __tablename__ = "bazaar"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[Name]
    city: Mapped[str] = mapped_column(String(120), default="")
    help_phone: Mapped[str] = mapped_column(String(20), default="")  # E.164; printed on vendors' pages: the committee's, not a person's
    created_at: Mapped[datetime]


class Account(Base):
    """A person who signs in with e-mail and password."""

    __tablename__ = "account"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), unique=True)  # stored in lower case
    name: Mapped[Name]
    password_hash: Mapped[str] = mapped_column(String(200))  # Argon2id
    totp_secret: Mapped[str | None] = mapped_column(String(400))  # encrypted with a key derived from SECRET_KEY
    totp_confirmed_at: Mapped[datetime | None]  # a secret counts only once a first code was right
    totp_last_step: Mapped[int | None]  # a code is good once
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    digest_off_at: Mapped[datetime | None]  # wants no letter in the morning about the evening's live session


class Membership(Base):
    """An account's role in a bazaar, from joining to leaving."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_current",
            "bazaar_id",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    bazaar_id: Mapped[int] = mapped_column(ForeignKey("bazaar.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[Role]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignIn(Base):
    """A server-side browser session: of an account, or of whoever opened a host link. Ends for real when revoked."""

    __tablename__ = "sign_in"
    __table_args__ = (CheckConstraint("(account_id IS NULL) <> (link_id IS NULL)", name="account_or_link"),)

    id: Mapped[Key]
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    device_name: Mapped[str] = mapped_column(String(120), default="")  # what the browser calls itself, shortened
    awaits_totp: Mapped[bool] = mapped_column(default=False)  # the password was right, the second factor is still asked
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AccountToken(Base):
    """A single-use token sent by mail or printed at start: first organizer, invitation, new password."""

    __tablename__ = "account_token"

    id: Mapped[Key]
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    purpose: Mapped[TokenPurpose]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    bazaar_id: Mapped[int | None] = mapped_column(ForeignKey("bazaar.id"))
    role: Mapped[Role | None]
    email: Mapped[str | None] = mapped_column(String(254))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


# --- What is planned -----------------------------------------------------------------------------------------------------


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


# --- Who stands where ----------------------------------------------------------------------------------------------------


class Rotation(Base):
    """A versioned answer to who stands where, with the problem it answers, so that anybody can replay the draw."""

    __tablename__ = "rotation"
    __table_args__ = (
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("edition_id", "number"),
        Index(
            "uq_rotation_published",
            "edition_id",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
    )

    id: Mapped[Key]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    number: Mapped[int]  # 1, 2, 3 within the edition
    state: Mapped[RotationState]
    seed: Mapped[int]
    problem: Mapped[Json]  # vendors and slots by number, no personal data
    score: Mapped[Json]
    bounds: Mapped[Json]
    proved: Mapped[Json]
    digest: Mapped[Sha256]
    plan: Mapped[Json | None]  # as it was drawn; turns may lose a slot or vendor that was deleted since. Null here and below: not known
    problem_hash: Mapped[Sha256 | None]  # of the problem's canonical JSON when it was drawn
    effort: Mapped[int | None]
    extra_changes: Mapped[int | None]  # how many more than the fewest a repair was allowed
    planner_version: Mapped[str | None] = mapped_column(String(80))
    conflicts: Mapped[Json | None]  # what could not be satisfied, with what would help
    hand_pins: Mapped[Json | None]  # slots of the problem that people pinned; its other pins are the clock's: begun, or near and kept
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    published_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    turns: Mapped[list["Turn"]] = relationship(
        back_populates="rotation", lazy="raise_on_sql", cascade="all, delete-orphan", passive_deletes=True
    )


class Turn(Base):
    """One vendor in one slot: the giliran."""

    __tablename__ = "turn"
    __table_args__ = (
        UniqueConstraint("rotation_id", "slot_id"),
        ForeignKeyConstraint(["edition_id", "rotation_id"], ["rotation.edition_id", "rotation.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["edition_id", "slot_id"], ["slot.edition_id", "slot.id"]),
        ForeignKeyConstraint(["edition_id", "vendor_id"], ["vendor.edition_id", "vendor.id"]),
        Index("ix_turn_vendor", "rotation_id", "vendor_id"),
    )

    id: Mapped[Key]
    edition_id: Mapped[int]
    rotation_id: Mapped[int]
    slot_id: Mapped[int] = mapped_column(index=True)
    vendor_id: Mapped[int] = mapped_column(index=True)
    points: Mapped[int]

    rotation: Mapped[Rotation] = relationship(back_populates="turns", lazy="raise_on_sql")


class PlanningJob(Base):
    """The planner at work for an edition: asked for, watched, cancelled. One at a time, so that two organizers see the same one."""

    __tablename__ = "planning_job"
    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "rotation_id"], ["rotation.edition_id", "rotation.id"]),
        CheckConstraint("share_pct BETWEEN 0 AND 100", name="share_is_a_share"),
        CheckConstraint("(finished_at IS NULL) = (state IN ('queued', 'running'))", name="finished_when_over"),
        CheckConstraint("state <> 'done' OR rotation_id IS NOT NULL OR answer IS NOT NULL", name="done_with_an_answer"),
        Index(
            "uq_planning_job_current",
            "edition_id",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))  # build, ...: editions/planning.py knows them
    options: Mapped[Json]  # what the form asked for, to ask the same again
    problem: Mapped[Json]  # as the edition was when it was asked
    state: Mapped[PlanningState] = mapped_column(default=PlanningState.QUEUED)
    stage: Mapped[str] = mapped_column(String(24), default="")  # the planner's own name for what it does now
    share_pct: Mapped[int] = mapped_column(default=0)  # of that stage
    heartbeat_at: Mapped[datetime]  # old: the process that did the work is gone
    rotation_id: Mapped[int | None]  # the draft it led to
    answer: Mapped[Json | None]  # of kinds that lead to no draft
    error: Mapped[str] = mapped_column(String(40), default="")  # a refusal's code
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    finished_at: Mapped[datetime | None]


class Answer(Base):
    """What a vendor said about a turn. Appended, never changed: the newest counts."""

    __tablename__ = "answer"
    __table_args__ = (Index("ix_answer_turn", "slot_id", "vendor_id"),)

    id: Mapped[Key]
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"))
    kind: Mapped[AnswerKind]
    answered_at: Mapped[datetime]
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # noted by an organizer on the phone


class AirReport(Base):
    """What was lost of a turn that had begun: minutes without a connection. Appended, never changed: the newest counts.

    A turn that failed is owed again. Its row keeps what the vendor could count on at that moment, so that a later plan can be
    held to it.
    """

    __tablename__ = "air_report"
    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "slot_id"], ["slot.edition_id", "slot.id"]),
        ForeignKeyConstraint(["edition_id", "vendor_id"], ["vendor.edition_id", "vendor.id"]),
        ForeignKeyConstraint(["edition_id", "rotation_id"], ["rotation.edition_id", "rotation.id"]),
        CheckConstraint("lost_minutes >= 0", name="lost_not_negative"),
        CheckConstraint("turns_promised >= 0", name="promised_not_negative"),
        Index("ix_air_report_turn", "slot_id", "vendor_id"),
    )

    id: Mapped[Key]
    edition_id: Mapped[int] = mapped_column(index=True)
    slot_id: Mapped[int]
    vendor_id: Mapped[int]
    rotation_id: Mapped[int]  # in force when this was noted: turns that are not in it came later
    lost_minutes: Mapped[int]
    is_failed: Mapped[bool | None]  # the organizer's word; null: failed when less than half was on air
    turns_promised: Mapped[int]  # turns of the vendor that did not fail, this one among them, and those still owed
    reason: Mapped[str] = mapped_column(String(200), default="")
    noted_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))  # noted by whoever opened a host link


class AudienceCount(Base):
    """How many watched a live session, in all or from one hour on, as a person read it. Appended, never changed: the newest counts."""

    __tablename__ = "audience_count"
    __table_args__ = (CheckConstraint("viewer_count >= 0", name="viewers_not_negative"),)

    id: Mapped[Key]
    live_session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"), index=True)
    hour_starts_at: Mapped[datetime | None]  # null: the live session as a whole
    viewer_count: Mapped[int]
    noted_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))


class Link(Base):
    """A capability in a URL. Its token is a keyed hash of the nonce, so it can be printed again but not read from here."""

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'vendor' AND vendor_id IS NOT NULL) OR (kind = 'host' AND live_session_id IS NOT NULL)", name="names_its_subject"
        ),
        Index(
            "uq_link_current_vendor",
            "vendor_id",
            unique=True,
            sqlite_where=text("kind = 'vendor' AND revoked_at IS NULL"),
            postgresql_where=text("kind = 'vendor' AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    kind: Mapped[LinkKind]
    nonce: Mapped[str] = mapped_column(String(43))
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    vendor_id: Mapped[int | None] = mapped_column(ForeignKey("vendor.id"))
    live_session_id: Mapped[int | None] = mapped_column(ForeignKey("live_session.id"))
    label: Mapped[str] = mapped_column(String(120), default="")  # for whom a host link was made
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_opened_at: Mapped[datetime | None]  # a preview counts too: a hint, not a proof


class Device(Base):
    """A phone or laptop that may append entries to one live session, known by the hash of its key."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("live_session_id", "name"),)

    id: Mapped[Key]
    live_session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"))
    name: Mapped[str] = mapped_column(String(60))
    key_hash: Mapped[Sha256] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


# --- Telling them --------------------------------------------------------------------------------------------------------


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
    sender: Mapped[str] = mapped_column(String(60), default="")  # of a reply: the vendor's address
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


# --- Selling -------------------------------------------------------------------------------------------------------------


class Entry(Base):
    """One operation in the ledger of a live session. Append-only; its UUID is good once in a bazaar, for ever."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("bazaar_id", "uuid"),
        UniqueConstraint("live_session_id", "server_seq"),
        CheckConstraint("verdict IN ('stored', 'late')", name="verdict_of_arrival"),
    )

    id: Mapped[Key]
    bazaar_id: Mapped[int] = mapped_column(ForeignKey("bazaar.id"))
    live_session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"))
    server_seq: Mapped[int]
    uuid: Mapped[str] = mapped_column(String(36))
    kind: Mapped[EntryKind]
    payload_hash: Mapped[Sha256]  # tells a repeat from a conflict
    verdict: Mapped[Verdict]
    received_at: Mapped[datetime]  # the server's clock: the only one that decides
    recorded_at: Mapped[datetime | None]  # the device's clock: noted, never trusted
    device_name: Mapped[str] = mapped_column(String(60), default="")
    device_seq: Mapped[int | None] = mapped_column(BigInteger)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    sign_in_id: Mapped[int | None] = mapped_column(ForeignKey("sign_in.id"))
    flags: Mapped[Json] = mapped_column(default=list)  # what a person should look at: `not_of_this_vendor`, `price_differs`, ...


class Sale(Base):
    """A logged sale with the price as it was then."""

    __tablename__ = "sale"
    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "slot_id"], ["slot.edition_id", "slot.id"]),
        ForeignKeyConstraint(["edition_id", "vendor_id"], ["vendor.edition_id", "vendor.id"]),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("unit_price_idr > 0", name="price_positive"),
        CheckConstraint("amount_idr = quantity * unit_price_idr", name="amount_adds_up"),
        Index("ix_sale_slot", "slot_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    edition_id: Mapped[int]
    slot_id: Mapped[int]
    vendor_id: Mapped[int | None]  # whose turn it was by the published rotation when the entry arrived; null: an empty slot
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))  # null: a code nobody knows, kept and flagged
    product_code: Mapped[str] = mapped_column(String(12))
    product_name: Mapped[Name]
    unit: Mapped[str] = mapped_column(String(30), default="")
    quantity: Mapped[int]
    unit_price_idr: Mapped[Rupiah]
    amount_idr: Mapped[Rupiah]
    buyer_alias: Mapped[str] = mapped_column(String(60), default="")
    payment_method: Mapped[PaymentMethod]

    entry: Mapped[Entry] = relationship(lazy="raise_on_sql")


class Void(Base):
    """A row that cancels a sale: any void that names a sale's UUID voids it, however many there are and whichever came first."""

    __tablename__ = "void"
    __table_args__ = (Index("ix_void_of", "void_of"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    void_of: Mapped[str] = mapped_column(String(36))  # the sale's UUID, perhaps of a sale that has not arrived yet
    reason: Mapped[str] = mapped_column(String(200))

    entry: Mapped[Entry] = relationship(lazy="raise_on_sql")


class EntryConflict(Base):
    """The same UUID with another payload: kept aside for a person, never applied, never lost."""

    __tablename__ = "entry_conflict"
    __table_args__ = (UniqueConstraint("bazaar_id", "uuid", "payload_hash"),)

    id: Mapped[Key]
    bazaar_id: Mapped[int] = mapped_column(ForeignKey("bazaar.id"))
    live_session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"), index=True)
    uuid: Mapped[str] = mapped_column(String(36))
    payload_hash: Mapped[Sha256]
    payload: Mapped[Json]
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class OrderState(Base):
    """A step of an order on the ladder keep, paid, packed, shipped, received, cancelled. Appended, the newest counts."""

    __tablename__ = "order_state"

    id: Mapped[Key]
    sale_entry_id: Mapped[int] = mapped_column(ForeignKey("sale.entry_id"), index=True)
    step: Mapped[OrderStep]
    at: Mapped[datetime]
    courier: Mapped[str] = mapped_column(String(40), default="")
    airwaybill: Mapped[str] = mapped_column(String(60), default="")
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    sign_in_id: Mapped[int | None] = mapped_column(ForeignKey("sign_in.id"))


class Closing(Base):
    """The frozen books of one turn. One per slot, numbered within the edition, never changed."""

    __tablename__ = "closing"
    __table_args__ = (
        UniqueConstraint("edition_id", "number"),
        ForeignKeyConstraint(["edition_id", "slot_id"], ["slot.edition_id", "slot.id"]),
        CheckConstraint("sale_count >= 0 AND item_count >= 0 AND amount_idr >= 0", name="totals_not_negative"),
    )

    id: Mapped[Key]
    edition_id: Mapped[int]
    number: Mapped[int]
    slot_id: Mapped[int] = mapped_column(unique=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"), index=True)
    planned_at: Mapped[datetime]  # the turn's end plus grace
    closed_at: Mapped[datetime]  # when it really happened
    cut_server_seq: Mapped[int]  # the ledger position up to which it counted
    sale_count: Mapped[int]
    item_count: Mapped[int]
    amount_idr: Mapped[Rupiah]  # sales that count, less voided ones
    void_count: Mapped[int]
    void_amount_idr: Mapped[Rupiah]
    by_payment_method: Mapped[Json]  # {method: rupiah}
    best_product: Mapped[str] = mapped_column(String(120), default="")

    supplements: Mapped[list["Supplement"]] = relationship(back_populates="closing", order_by="Supplement.number", lazy="raise_on_sql")


class Supplement(Base):
    """What reached a turn's books after they were closed: a late sale (positive) or a late void (negative)."""

    __tablename__ = "supplement"
    __table_args__ = (UniqueConstraint("closing_id", "number"),)

    id: Mapped[Key]
    closing_id: Mapped[int] = mapped_column(ForeignKey("closing.id"))
    number: Mapped[int]
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), unique=True)
    amount_idr: Mapped[Rupiah]
    created_at: Mapped[datetime]

    closing: Mapped[Closing] = relationship(back_populates="supplements", lazy="raise_on_sql")


# --- Keeping order -------------------------------------------------------------------------------------------------------


class ImportDraft(Base):
    """A parsed file between its dry run and the organizer's yes: rows only, the file itself is never kept."""

    __tablename__ = "import_draft"

    id: Mapped[Key]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))  # vendors, products, history, sessions
    file_name: Mapped[str] = mapped_column(String(200))
    rows: Mapped[Json]
    created_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    used_at: Mapped[datetime | None]


class Audit(Base):
    """Who changed what, when, from what to what, and why. Append-only."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject_kind", "subject_id"),)

    id: Mapped[Key]
    at: Mapped[datetime]
    bazaar_id: Mapped[int | None] = mapped_column(ForeignKey("bazaar.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    actor: Mapped[str] = mapped_column(String(120))  # the account's name, `tautan penjual`, `command line`, `scheduler`
    action: Mapped[str] = mapped_column(String(60))  # verb_noun: publish_rotation, void_sale
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    before: Mapped[Json | None]
    after: Mapped[Json | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
