"""The language in which a vendor is written to: chosen by the vendor or the organizer, else guessed from those the vendor speaks."""

from datetime import datetime

from sqlalchemy import select, update

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.vendors.answers import LINK_ACTOR
from models import Edition, Vendor

LETTER_LANGUAGES = ("id", "en", "jv")


def letter_language(vendor: Vendor) -> str:
    """What was chosen; else `en` for whoever is noted with English and without Indonesian, `id` for all others."""
    if vendor.message_language in LETTER_LANGUAGES:
        return vendor.message_language
    return "en" if "Inggris" in vendor.languages and "Indonesia" not in vendor.languages else "id"


def choose_language(vendor_id: int, language: str, *, now: datetime) -> bool:
    """The vendor's own word, by the personal link: from the next message on. False where that was so already.

    Refuses `not_found` for a language that nobody writes.
    """
    if language not in LETTER_LANGUAGES:
        raise Refusal("not_found")
    with transaction() as session:
        # The revision rises, so that an organizer's form that is open meanwhile cannot put the old word back unseen.
        edition_id = session.scalar(
            update(Vendor)
            .where(Vendor.id == vendor_id, Vendor.message_language != language)
            .values(message_language=language, revision=Vendor.revision + 1)
            .returning(Vendor.edition_id)
        )
        if edition_id is None:
            return False
        bazaar_id = session.scalars(select(Edition.bazaar_id).where(Edition.id == edition_id)).one()
        after = {"language": language}
        audit.note(session, "choose_language", "vendor", vendor_id, now=now, bazaar_id=bazaar_id, actor=LINK_ACTOR, after=after)
        return True
