"""Selling: the append-only ledger, orders, and the frozen books of each turn."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bazaar.schema.columns import Base, Json, Key, Name, Rupiah, Sha256
from bazaar.states import EntryKind, OrderStep, PaymentMethod, Verdict


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
