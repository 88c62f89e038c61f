"""Who stands where: rotations and turns, the planner at work, answers, minutes and viewers, links and devices."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bazaar.schema.columns import Base, Json, Key, Sha256
from bazaar.states import AnswerKind, LinkKind, PlanningState, RotationState


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
