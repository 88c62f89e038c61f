"""The schema of Giliran, in the order of its story; SQLAlchemy only, no queries, no Flask.

A *bazaar* has members (*accounts* with a role) and runs *editions*. An edition has *live sessions* cut into *slots*, and
*vendors* with *products*, days on which they cannot come and wishes. A *rotation* puts one vendor on each slot: its *turns*;
a *planning job* is the planner at work on one. Publishing a rotation plans *reminders*; each travels as a *delivery* over one
channel (with a bazaar's own *channel account*, or to a browser's *push subscription*), and every step leaves a *delivery event*;
what a provider says later is a *provider event*. *Message texts* are what an edition words in its own way, a *sending hold* stops
all sending until it is safe; a *digest* is the organizers' own letter in the morning. A vendor opens a personal *link* and *answers*.
While the stream runs, hosts append *entries* to the ledger: *sales* and *voids*, and whoever is there notes lost minutes in an *air
report* and viewers in an *audience count*. When a turn is over its books are frozen in a *closing*; what arrives later is a
*supplement*. Whatever a person changes leaves an *audit* row.

Plans come and go, so a turn belongs to one rotation; what really happened (answers, sales, closings) hangs on the slot and
the vendor, which outlive every re-planning. Money is whole rupiah, instants are UTC, and history is never edited.

The tables themselves stand in `bazaar/schema`, a file for each chapter of this story; everything is imported from here.
"""

from bazaar.schema.columns import Base
from bazaar.schema.order import Audit, ImportDraft
from bazaar.schema.people import Account, AccountToken, Bazaar, Membership, SignIn
from bazaar.schema.plans import Availability, Edition, LiveSession, PastTurn, Product, Slot, Vendor, Wish, usual_weights
from bazaar.schema.selling import Closing, Entry, EntryConflict, OrderState, Sale, Supplement, Void
from bazaar.schema.telling import (
    Beat,
    ChannelAccount,
    Delivery,
    DeliveryEvent,
    Digest,
    MessageText,
    ProviderEvent,
    PushSubscription,
    Reminder,
    SendingHold,
    WorkerLease,
)
from bazaar.schema.turns import AirReport, Answer, AudienceCount, Device, Link, PlanningJob, Rotation, Turn

__all__ = [
    "Account",
    "AccountToken",
    "AirReport",
    "Answer",
    "AudienceCount",
    "Audit",
    "Availability",
    "Base",
    "Bazaar",
    "Beat",
    "ChannelAccount",
    "Closing",
    "Delivery",
    "DeliveryEvent",
    "Device",
    "Digest",
    "Edition",
    "Entry",
    "EntryConflict",
    "ImportDraft",
    "Link",
    "LiveSession",
    "Membership",
    "MessageText",
    "OrderState",
    "PastTurn",
    "PlanningJob",
    "Product",
    "ProviderEvent",
    "PushSubscription",
    "Reminder",
    "Rotation",
    "Sale",
    "SendingHold",
    "SignIn",
    "Slot",
    "Supplement",
    "Turn",
    "Vendor",
    "Void",
    "Wish",
    "WorkerLease",
    "usual_weights",
]
