"""The name under which a message travels, the same over all attempts, so that a provider and its reports can be matched with it; and the
name of its reminder in the journal."""

from hashlib import sha256

from models import Delivery, Reminder


def message_key(delivery: Delivery, reminder: Reminder, *, generation: int | None = None) -> str:
    """The same over all attempts of one generation of a delivery, and of no other one, in this database or the next."""
    number = generation or delivery.generation
    return sha256(f"{delivery.id}:{number}:{delivery.created_at.isoformat()}:{reminder.key}".encode()).hexdigest()[:32]


def journal_name(reminder: Reminder) -> str:
    """Tells a reminder, over whatever channel, in this database or an older copy of it. Says nothing to others."""
    return sha256(f"{reminder.edition_id}:{reminder.key}".encode()).hexdigest()[:32]
