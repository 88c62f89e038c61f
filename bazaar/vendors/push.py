"""The browsers that show a vendor's notifications: said yes, at most five; ended by the vendor, or when their service knows them no more.

A notification carries the vendor's link, so whoever holds a browser here can read it: a link that ends takes its browsers along.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from bazaar.lines import one_line
from bazaar.refusals import Refusal
from bazaar.reminders.channels.base import Browser
from bazaar.tokens import hash_token
from models import PushSubscription, Vendor

MOST_BROWSERS = 5
"""Of one vendor: a phone, a daughter's, a laptop. More would be somebody's mistake."""
KEPT_FOR = timedelta(days=30)
_MARK_LENGTH = 16


def add_browser(vendor_id: int, browser: Browser, *, device_name: str, replaces: str = "", now: datetime) -> None:
    """Write to this browser from now on. The same one again only renews its keys; `replaces` is the endpoint that it had before.

    Refuses `browsers_full`.
    """
    with transaction() as session:
        session.scalars(select(Vendor.id).where(Vendor.id == vendor_id).with_for_update()).one()  # two phones at once are counted in turn
        if replaces:
            _end(session, PushSubscription.vendor_id == vendor_id, PushSubscription.endpoint_hash == hash_token(replaces), now=now)
        known = session.scalar(select(PushSubscription).where(PushSubscription.endpoint_hash == hash_token(browser.endpoint)))
        others = [one for one in _live(session, vendor_id) if known is None or one.id != known.id]
        if len(others) >= MOST_BROWSERS:
            raise Refusal("browsers_full", most=MOST_BROWSERS)
        row = known or PushSubscription(endpoint=browser.endpoint, endpoint_hash=hash_token(browser.endpoint), created_at=now)
        row.vendor_id, row.p256dh, row.auth, row.ended_at = vendor_id, browser.p256dh, browser.auth, None
        row.device_name = one_line(device_name)[:120]
        session.add(row)


def end_browser(vendor_id: int, endpoint: str, *, now: datetime) -> None:
    """Write to this browser no more. One that is not known, or another vendor's, changes nothing."""
    with transaction() as session:
        _end(session, PushSubscription.vendor_id == vendor_id, PushSubscription.endpoint_hash == hash_token(endpoint), now=now)


def end_browsers_of(session: Session, which_vendors: ColumnElement[bool], *, now: datetime) -> None:
    """Step: end every browser of some vendors, because the link that they were told ends."""
    _end(session, which_vendors, now=now)


def note_outcome(session: Session, vendor_id: int, *, reached: Collection[str] = (), gone: Collection[str] = (), now: datetime) -> None:
    """Step: what a send taught us: which browsers took it, which exist no more."""
    mine = PushSubscription.vendor_id == vendor_id
    if reached:
        taken = PushSubscription.endpoint_hash.in_([hash_token(endpoint) for endpoint in reached])
        session.execute(update(PushSubscription).where(mine, taken).values(last_ok_at=now))
    if gone:
        _end(session, mine, PushSubscription.endpoint_hash.in_([hash_token(endpoint) for endpoint in gone]), now=now)


def record_outcome(vendor_id: int, *, reached: Collection[str] = (), gone: Collection[str] = (), now: datetime) -> None:
    """The same in a transaction of its own, after a try that no delivery stands for."""
    with transaction() as session:
        note_outcome(session, vendor_id, reached=reached, gone=gone, now=now)


def purge_ended_browsers(*, now: datetime) -> int:
    """Delete browsers that ended more than 30 days ago: an endpoint is of no use to us any more, and somebody's. Returns how many went."""
    with transaction() as session:
        old = delete(PushSubscription).where(PushSubscription.ended_at < now - KEPT_FOR).returning(PushSubscription.id)
        return len(session.execute(old, execution_options={"synchronize_session": False}).all())


def live_browsers(session: Session, vendor_id: int) -> tuple[Browser, ...]:
    """Query: where a notification for this vendor goes, the browser that answered last first."""
    return tuple(Browser(row.endpoint, row.p256dh, row.auth) for row in _live(session, vendor_id))


def browser_of(vendor_id: int, endpoint: str) -> Browser:
    """The browser with this endpoint. Refuses `not_found` where it is not (or no longer) this vendor's."""
    with reading() as session:
        for browser in live_browsers(session, vendor_id):
            if browser.endpoint == endpoint:
                return browser
    raise Refusal("not_found")


def browser_marks(vendor_id: int) -> tuple[str, ...]:
    """A short hash of each live endpoint, by which a phone finds itself among them; it tells nobody else anything."""
    live = select(PushSubscription.endpoint_hash).where(PushSubscription.vendor_id == vendor_id, PushSubscription.ended_at.is_(None))
    with reading() as session:
        return tuple(endpoint_hash[:_MARK_LENGTH] for endpoint_hash in session.scalars(live.order_by(PushSubscription.id)))


def _live(session: Session, vendor_id: int) -> list[PushSubscription]:
    live = select(PushSubscription).where(PushSubscription.vendor_id == vendor_id, PushSubscription.ended_at.is_(None))
    return list(session.scalars(live.order_by(PushSubscription.last_ok_at.desc().nulls_last(), PushSubscription.id.desc())))


def _end(session: Session, *which: ColumnElement[bool], now: datetime) -> None:
    session.execute(update(PushSubscription).where(*which, PushSubscription.ended_at.is_(None)).values(ended_at=now))
