"""Keeping order: imports that wait for a yes, and the trace of changes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bazaar.schema.columns import Base, Json, Key


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
