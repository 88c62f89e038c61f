"""The name under which a message travels: the same over all attempts, so that a provider and its reports can be matched with it."""

from hashlib import sha256

from models import Delivery, Reminder


def message_key(delivery: Delivery, reminder: Reminder, *, generation: int | None = None) -> str:
    """The same over all attempts of one generation of a delivery, and of no other one, in this database or the next."""
    number = generation or delivery.generation
    return sha256(f"{delivery.id}:{number}:{delivery.created_at.isoformat()}:{reminder.key}".encode()).hexdigest()[:32]
