"""Rows for tests: plain keyword functions with quiet defaults. Each commits and returns an id unless it says otherwise."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from bazaar.accounts.passwords import hash_password
from bazaar.database import transaction
from bazaar.states import LinkKind, Role, RotationState
from bazaar.tokens import hash_token, new_token, token_of_link
from models import Account, Bazaar, Closing, Device, Edition, Link, LiveSession, Membership, Product, Rotation, SignIn, Slot, Turn, Vendor

CREATED_AT = datetime(2026, 4, 1, tzinfo=UTC)
SECRET_KEY = "only-for-tests-0123456789-abcdefghijkl"
PASSWORD = "kopi hujan tembakau"
"""Of every account made with `password_hash=factories.password_hash()`."""
_numbers = count(1)


@cache
def password_hash(password: str = PASSWORD) -> str:
    """What an account with that password stores; hashing takes its time, so only once."""
    return hash_password(password)


def _add(row: Any) -> Any:
    with transaction() as session:
        session.add(row)
        session.flush()
        return row


def make_bazaar(**fields: Any) -> int:
    n = next(_numbers)
    defaults = {"slug": f"bazar-{n}", "name": f"Bazar {n}", "city": "Jember", "help_phone": "+62331000100", "created_at": CREATED_AT}
    return int(_add(Bazaar(**{**defaults, **fields})).id)


def make_edition(*, bazaar_id: int | None = None, **fields: Any) -> int:
    n = next(_numbers)
    defaults = {
        "slug": f"edisi-{n}",
        "name": f"Edisi {n}",
        "starts_on": date(2026, 5, 4),
        "ends_on": date(2026, 5, 31),
        "created_at": CREATED_AT,
    }
    return int(_add(Edition(bazaar_id=bazaar_id or make_bazaar(), **{**defaults, **fields})).id)


def make_live_session(
    edition_id: int,
    *,
    starts_at: datetime = datetime(2026, 5, 5, 13, 0, tzinfo=UTC),
    slot_count: int = 6,
    slot_minutes: int = 15,
    **fields: Any,
) -> int:
    """A live session cut into slots of equal length, each worth ten points."""
    ends_at = starts_at + timedelta(minutes=slot_count * slot_minutes)
    live_session = LiveSession(
        edition_id=edition_id, starts_at=starts_at, ends_at=ends_at, slot_minutes=slot_minutes, created_at=CREATED_AT, **fields
    )
    with transaction() as session:
        session.add(live_session)
        session.flush()
        for index in range(slot_count):
            starts = starts_at + timedelta(minutes=index * slot_minutes)
            session.add(
                Slot(
                    edition_id=edition_id,
                    live_session_id=live_session.id,
                    position=index + 1,
                    starts_at=starts,
                    ends_at=starts + timedelta(minutes=slot_minutes),
                    points=10,
                )
            )
    return live_session.id


def make_vendor(edition_id: int, **fields: Any) -> int:
    n = next(_numbers)
    defaults = {
        "business_name": f"Lapak {n}",
        "owner_name": f"Bu Penjual {n}",
        "category": "Camilan",
        "phone": f"+62812000{n:05d}",
        "created_at": CREATED_AT,
    }
    return int(_add(Vendor(edition_id=edition_id, **{**defaults, **fields})).id)


def make_product(edition_id: int, vendor_id: int, **fields: Any) -> int:
    n = next(_numbers)
    defaults = {"code": f"K{n:03d}", "name": f"Barang {n}", "price_idr": 15_000, "unit": "kotak", "created_at": CREATED_AT}
    return int(_add(Product(edition_id=edition_id, vendor_id=vendor_id, **{**defaults, **fields})).id)


def slot_ids(live_session_id: int) -> list[int]:
    """The slots of a live session, in order."""
    with transaction() as session:
        return [slot.id for slot in session.query(Slot).filter_by(live_session_id=live_session_id).order_by(Slot.position)]


def make_rotation(
    edition_id: int, turns: Sequence[tuple[int, int]] = (), *, state: RotationState = RotationState.PUBLISHED, **fields: Any
) -> int:
    """A rotation with these (slot id, vendor id) turns. Straight into the tables: it plans no reminders."""
    with transaction() as session:
        edition = session.get_one(Edition, edition_id)
        edition.rotation_count += 1
        defaults = {
            "number": edition.rotation_count,
            "seed": 1,
            "problem": {},
            "score": {},
            "bounds": {},
            "proved": [],
            "digest": "0" * 64,
            "created_at": CREATED_AT,
            "published_at": CREATED_AT if state is RotationState.PUBLISHED else None,
        }
        rotation = Rotation(edition_id=edition_id, state=state, **{**defaults, **fields})
        session.add(rotation)
        session.flush()
        for slot_id, vendor_id in turns:
            session.add(Turn(edition_id=edition_id, rotation_id=rotation.id, slot_id=slot_id, vendor_id=vendor_id, points=10))
    return rotation.id


def make_account(*, bazaar_id: int | None = None, role: Role = Role.ORGANIZER, **fields: Any) -> int:
    """An account, with a membership when a bazaar is named."""
    n = next(_numbers)
    defaults = {"email": f"orang{n}@example.org", "name": f"Orang {n}", "password_hash": "!", "created_at": CREATED_AT}
    account = _add(Account(**{**defaults, **fields}))
    if bazaar_id is not None:
        _add(Membership(bazaar_id=bazaar_id, account_id=account.id, role=role, created_at=CREATED_AT))
    return int(account.id)


def make_sign_in(
    *,
    account_id: int | None = None,
    link_id: int | None = None,
    at: datetime = datetime(2026, 5, 4, 11, 0, tzinfo=UTC),
    expires_at: datetime = datetime(2030, 1, 1, tzinfo=UTC),
) -> str:
    """A signed-in browser; returns its cookie token. Use `sign_in(client, token)` to hand it over."""
    token = new_token()
    _add(
        SignIn(token_hash=hash_token(token), account_id=account_id, link_id=link_id, created_at=at, last_seen_at=at, expires_at=expires_at)
    )
    return token


def sign_in(client: Any, token: str) -> None:
    """Put a sign-in cookie into a test client."""
    client.set_cookie("giliran", token)


def make_link(edition_id: int, *, vendor_id: int | None = None, live_session_id: int | None = None, **fields: Any) -> tuple[int, str]:
    """A vendor's or host's link: (id, token)."""
    nonce = new_token()
    token = token_of_link(SECRET_KEY, nonce)
    kind = LinkKind.VENDOR if vendor_id is not None else LinkKind.HOST
    defaults = {"kind": kind, "nonce": nonce, "token_hash": hash_token(token), "created_at": CREATED_AT}
    row = _add(Link(edition_id=edition_id, vendor_id=vendor_id, live_session_id=live_session_id, **{**defaults, **fields}))
    return int(row.id), token


def make_device(live_session_id: int, **fields: Any) -> tuple[int, str]:
    """A device that may log sales: (id, key)."""
    key = new_token()
    defaults = {
        "name": f"hp-{next(_numbers)}",
        "key_hash": hash_token(key),
        "created_at": CREATED_AT,
        "expires_at": datetime(2030, 1, 1, tzinfo=UTC),
    }
    row = _add(Device(live_session_id=live_session_id, **{**defaults, **fields}))
    return int(row.id), key


def make_closing(edition_id: int, slot_id: int, vendor_id: int, **fields: Any) -> int:
    """The closed books of a turn: two sales, three items, Rp45.000. Straight into the tables: no entries stand behind it."""
    with transaction() as session:
        edition, slot = session.get_one(Edition, edition_id), session.get_one(Slot, slot_id)
        edition.closing_count += 1
        defaults = {
            "number": edition.closing_count,
            "planned_at": slot.ends_at + timedelta(seconds=120),
            "closed_at": slot.ends_at + timedelta(seconds=125),
            "cut_server_seq": 0,
            "sale_count": 2,
            "item_count": 3,
            "amount_idr": 45_000,
            "void_count": 0,
            "void_amount_idr": 0,
            "by_payment_method": {"qris": 45_000},
        }
        closing = Closing(edition_id=edition_id, slot_id=slot_id, vendor_id=vendor_id, **{**defaults, **fields})
        session.add(closing)
        session.flush()
        return closing.id
