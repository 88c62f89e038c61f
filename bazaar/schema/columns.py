"""The kinds of columns, and the base that every table stands on."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, BigInteger, Date, DateTime, Dialect, Enum, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

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
