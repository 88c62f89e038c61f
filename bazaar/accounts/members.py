"""Who belongs to a bazaar: list, change a role, end a membership. A bazaar never stays without an organizer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.accounts.invitations import OpenInvitation, open_invitations
from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.states import Role
from models import Account, Bazaar, Membership


@dataclass(frozen=True)
class Member:
    """An account in a bazaar."""

    membership_id: int
    name: str
    email: str
    role: Role
    is_me: bool
    is_last_organizer: bool


@dataclass(frozen=True)
class MembersPage:
    """The members of a bazaar and the invitations that are still open."""

    bazaar_slug: str
    bazaar_name: str
    members: tuple[Member, ...]
    invitations: tuple[OpenInvitation, ...]


def members_page(bazaar_id: int, secret_key: str, *, account_id: int | None, now: datetime) -> MembersPage:
    """Organizers first, then by name."""
    with reading() as session:
        bazaar = session.get_one(Bazaar, bazaar_id)
        rows = session.execute(
            select(Membership.id, Membership.role, Account.id, Account.name, Account.email)
            .join(Account, Account.id == Membership.account_id)
            .where(Membership.bazaar_id == bazaar_id, Membership.ended_at.is_(None))
            .order_by(Account.name, Account.id)
        ).all()
        organizer_count = sum(role is Role.ORGANIZER for _, role, *_ in rows)
        members = [
            Member(membership_id, name, email, role, member_id == account_id, role is Role.ORGANIZER and organizer_count == 1)
            for membership_id, role, member_id, name, email in rows
        ]
        return MembersPage(
            bazaar_slug=bazaar.slug,
            bazaar_name=bazaar.name,
            members=tuple(sorted(members, key=lambda member: member.role is not Role.ORGANIZER)),
            invitations=open_invitations(session, bazaar_id, secret_key, now=now),
        )


def select_organizers(bazaar_id: int) -> Select[Account]:
    """The accounts that organize a bazaar now, as one SELECT: who is written to about it."""
    return (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.bazaar_id == bazaar_id,
            Membership.role == Role.ORGANIZER,
            Membership.ended_at.is_(None),
            Account.disabled_at.is_(None),
        )
    )


def change_role(bazaar_id: int, membership_id: int, role: Role, *, by: int | None, now: datetime) -> None:
    """Make a member organizer or host. Refuses `not_found` and `last_organizer`."""
    with transaction() as session:
        membership = _current(session, bazaar_id, membership_id)
        if membership.role is role:
            return
        before, membership.role = membership.role, role
        session.flush()
        _keep_an_organizer(session, bazaar_id)
        audit.note(
            session,
            "change_role",
            "membership",
            membership_id,
            now=now,
            bazaar_id=bazaar_id,
            by=by,
            before={"role": before},
            after={"role": role},
        )


def end_membership(bazaar_id: int, membership_id: int, *, by: int | None, now: datetime) -> None:
    """End a membership: from the next request on, that account has no business here. Refuses `not_found` and `last_organizer`."""
    with transaction() as session:
        membership = _current(session, bazaar_id, membership_id)
        session.execute(update(Membership).where(Membership.id == membership_id, Membership.ended_at.is_(None)).values(ended_at=now))
        _keep_an_organizer(session, bazaar_id)
        before = {"account_id": membership.account_id, "role": membership.role}
        audit.note(session, "end_membership", "membership", membership_id, now=now, bazaar_id=bazaar_id, by=by, before=before)


def _current(session: Session, bazaar_id: int, membership_id: int) -> Membership:
    # The lock lets two organizers who demote each other at once go one after the other, where there are several writers.
    session.execute(select(Bazaar.id).where(Bazaar.id == bazaar_id).with_for_update(key_share=True))
    membership = session.scalar(
        select(Membership).where(Membership.id == membership_id, Membership.bazaar_id == bazaar_id, Membership.ended_at.is_(None))
    )
    if membership is None:
        raise Refusal("not_found")
    return membership


def _keep_an_organizer(session: Session, bazaar_id: int) -> None:
    organizers = select(Membership.id).where(
        Membership.bazaar_id == bazaar_id, Membership.role == Role.ORGANIZER, Membership.ended_at.is_(None)
    )
    if session.scalar(organizers.limit(1)) is None:
        raise Refusal("last_organizer")
