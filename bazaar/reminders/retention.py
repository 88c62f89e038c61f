"""Forgets what nobody needs of messages any more: their words, and what providers said about them. That they went, stays."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from bazaar.database import transaction
from models import Delivery, Digest, ProviderEvent

TEXT_KEPT_FOR = timedelta(days=180)
"""Half a year, in which a vendor may ask what was really written."""

EVENTS_KEPT_FOR = timedelta(days=90)
DIGESTS_KEPT_FOR = timedelta(days=30)
_ONCE = {"synchronize_session": False}
_MOST = 5_000


def purge_messages(*, now: datetime) -> int:
    """Empty the texts of messages that ended half a year ago; delete what providers said three months ago, and morning letters of a
    month ago. Returns how many rows changed. What went when to whom (the events) stays."""
    old_texts = (
        select(Delivery.id).where(Delivery.finished_at < now - TEXT_KEPT_FOR, Delivery.text.is_not(None)).order_by(Delivery.id).limit(_MOST)
    )
    changes = (
        update(Delivery).where(Delivery.id.in_(old_texts)).values(text=None, address_hash=None).returning(Delivery.id),
        delete(ProviderEvent).where(ProviderEvent.received_at < now - EVENTS_KEPT_FOR).returning(ProviderEvent.id),
        delete(Digest).where(Digest.created_at < now - DIGESTS_KEPT_FOR).returning(Digest.id),
    )
    count = 0
    for change in changes:  # each by itself: the first run in an old deployment has much to do, and sales want to be written meanwhile
        with transaction() as session:
            count += len(session.execute(change, execution_options=_ONCE).all())
    return count
