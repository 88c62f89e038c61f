"""Every state and kind the schema stores, with the arrows between states drawn once, here."""

from enum import StrEnum


class Role(StrEnum):
    """What a member of a bazaar may do: an organizer owns editions, a host runs live sessions and logs sales."""

    ORGANIZER = "organizer"
    HOST = "host"


class RotationState(StrEnum):
    """draft -> published -> superseded; a draft may also be discarded. Nothing returns to an earlier state."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class PlanningState(StrEnum):
    """queued -> running -> done | failed; a person may cancel either; interrupted: whoever did the work died without a word.

    queued and running are the states in which an edition's planner is at work; from the others nothing leads away.
    """

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class AnswerKind(StrEnum):
    """What a vendor says about a turn: ready (siap) or unable (berhalangan). The newest answer counts."""

    READY = "ready"
    UNABLE = "unable"


class LinkKind(StrEnum):
    """A vendor link shows one vendor's turns; a host link opens the console of one live session."""

    VENDOR = "vendor"
    HOST = "host"


class TokenPurpose(StrEnum):
    """What a single-use account token is good for."""

    FIRST_ORGANIZER = "first_organizer"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 (a purpose, no password)
    SIGN_IN = "sign_in"  # opens the demonstration without a password; outside production only


class ReminderKind(StrEnum):
    """Why a vendor is written to.

    before: a turn comes nearer (its lead in minutes stands in the row); changed and cancelled: a published turn moved
    or went away; recap: the books of a turn were closed.
    """

    BEFORE = "before"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    RECAP = "recap"


class ReminderState(StrEnum):
    """planned -> superseded (the turn moved) or cancelled (the turn went away). Deliveries carry the rest."""

    PLANNED = "planned"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """A reminder over one channel.

    planned -> claimed -> sending -> accepted -> delivered -> read
                              |-> retry_wait -> claimed
                              |-> unknown (crash or ambiguous answer) -> accepted | retry_wait | dead | unresolved
                              '-> dead (refused for good, or out of attempts)
    planned -> waiting_for_hand -> accepted (a person ticked it off)
    from planned, claimed, retry_wait, waiting_for_hand, unknown: expired | superseded | cancelled | suppressed

    unresolved: nobody ever learned whether it arrived, and it must not go twice over this channel; a person looks.
    """

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    RETRY_WAIT = "retry_wait"
    WAITING_FOR_HAND = "waiting_for_hand"
    UNKNOWN = "unknown"
    UNRESOLVED = "unresolved"
    DEAD = "dead"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


OPEN_DELIVERY_STATES = frozenset(
    {
        DeliveryState.PLANNED,
        DeliveryState.CLAIMED,
        DeliveryState.RETRY_WAIT,
        DeliveryState.WAITING_FOR_HAND,
        DeliveryState.UNKNOWN,
    }
)
"""States in which nothing has certainly reached the vendor and something may still be done."""


class ChannelName(StrEnum):
    """How a message travels. `hand` is the WhatsApp list that an organizer sends by tapping wa.me links.

    whatsapp is the official Cloud API, fonnte an Indonesian gateway for WhatsApp, webhook any gateway of one's own that speaks our
    signed form, push a notification of the vendor's browser.
    """

    CONSOLE = "console"
    EMAIL = "email"
    PUSH = "push"
    WHATSAPP = "whatsapp"
    FONNTE = "fonnte"
    WEBHOOK = "webhook"
    TELEGRAM = "telegram"
    APPRISE = "apprise"
    HAND = "hand"


class ProviderWord(StrEnum):
    """What a provider says afterwards about a message it took, or what the vendor answers through it.

    accepted < delivered < read may only rise; failed counts while nothing better is known; reply is a message from the vendor.
    """

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    REPLY = "reply"


class HoldReason(StrEnum):
    """Why nothing is sent for a while: the clock jumped, or the database is older than what was sent (a backup was restored)."""

    CLOCK = "clock"
    RESTORE = "restore"


class EntryKind(StrEnum):
    """What a ledger entry records."""

    SALE = "sale"
    VOID = "void"


class Verdict(StrEnum):
    """The server's answer to one entry. The first two are stored with it; a repeat gets `duplicate` and the first."""

    STORED = "stored"
    LATE = "late"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class PaymentMethod(StrEnum):
    """How a buyer says they will pay. A label only: Giliran never touches money."""

    QRIS = "qris"
    TRANSFER = "transfer"
    EWALLET = "ewallet"
    OTHER = "other"


class OrderStep(StrEnum):
    """keep -> paid -> packed -> shipped -> received; cancelled from any step before received."""

    KEEP = "keep"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class DayPart(StrEnum):
    """The part of the day a live session is in: sore (afternoon) before 18.00 local time, malam (evening) after."""

    AFTERNOON = "sore"
    EVENING = "malam"
