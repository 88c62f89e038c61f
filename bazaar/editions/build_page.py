"""What a new draft would be made of, told before anybody asks for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bazaar.database import reading
from bazaar.editions.credit import vendors_taking_part
from bazaar.editions.problem import SOON, SlotCounts, slot_counts
from bazaar.editions.versions import RotationRef, published_ref
from bazaar.turns import published_turns
from models import Edition, LiveSession, Slot


@dataclass(frozen=True)
class BuildPage:
    """An edition as a draft would find it."""

    vendor_count: int
    slots: SlotCounts
    pin_count: int  # slots ahead that belong to a vendor by the organizer's word
    published: RotationRef | None
    soon: tuple[datetime, ...]  # published turns that begin within 24 hours

    @property
    def fair_share(self) -> str:
        """How many turns fall to a vendor: `3`, or `3 atau 4`."""
        each, rest = divmod(self.slots.asked, self.vendor_count or 1)
        return f"{each} atau {each + 1}" if rest else str(each)


def build_page(edition_id: int, *, now: datetime) -> BuildPage:
    """What building a draft now would be about."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        vendor_ids = [vendor.id for vendor in vendors_taking_part(session, edition_id)]
        takes_place = (LiveSession.withdrawn_at.is_(None), LiveSession.archived_at.is_(None))
        pinned = (Slot.edition_id == edition_id, Slot.starts_at > now, Slot.pinned_vendor_id.in_(vendor_ids), *takes_place)
        pin_count = session.scalar(
            select(func.count()).select_from(Slot).join(LiveSession, LiveSession.id == Slot.live_session_id).where(*pinned)
        )
        return BuildPage(
            vendor_count=len(vendor_ids),
            slots=slot_counts(session, edition, now=now),
            pin_count=pin_count or 0,
            published=published_ref(session, edition_id),
            soon=tuple(turn.starts_at for turn in published_turns(session, edition_id) if now < turn.starts_at <= now + SOON),
        )
