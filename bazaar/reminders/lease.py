"""Who may send right now: one row with an owner, an end and an epoch that rises with every change of hands."""

import os
import secrets
import socket
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.database import reading, transaction
from models import WorkerLease

TTL = timedelta(seconds=20)
_NAME = "pump"
THIS_PROCESS = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
"""The owner that this process signs with; a process started again is another one."""


def take_lease(owner: str, *, now: datetime) -> int | None:
    """The epoch under which this owner may send, for the next 20 seconds; None while somebody else may.

    One's own lease is renewed under the same epoch unless it ran out in between. A lease that ends further ahead than any
    lease can was written by a clock that has since been set back: it counts as ended.
    """
    try:
        with transaction() as session:
            return _take(session, owner, now)
    except IntegrityError:  # two processes made the first row at once; the other one was quicker
        return None


def _take(session: Session, owner: str, now: datetime) -> int | None:
    lease = session.scalar(select(WorkerLease).where(WorkerLease.name == _NAME).with_for_update())
    if lease is None:
        session.add(WorkerLease(name=_NAME, epoch=1, owner=owner, expires_at=now + TTL))
        return 1
    is_running = now < lease.expires_at <= now + 2 * TTL
    if is_running and lease.owner != owner:
        return None
    if not is_running:
        lease.epoch += 1
        lease.owner = owner
    lease.expires_at = now + TTL
    return lease.epoch


def renew_in(session: Session, owner: str, epoch: int, *, now: datetime) -> bool:
    """Step: extend the lease, but only where it is still ours under this epoch and has not run out; False: somebody else's turn."""
    held = update(WorkerLease).where(
        WorkerLease.name == _NAME, WorkerLease.owner == owner, WorkerLease.epoch == epoch, WorkerLease.expires_at > now
    )
    return bool(session.execute(held.values(expires_at=now + TTL).returning(WorkerLease.epoch)).first())


def is_held(owner: str, epoch: int, *, now: datetime) -> bool:
    """The last look before a call: whether the lease is still ours under this epoch."""
    with reading() as session:
        lease = session.get(WorkerLease, _NAME)
        return lease is not None and lease.owner == owner and lease.epoch == epoch and lease.expires_at > now


def leads(owner: str, *, now: datetime) -> bool:
    """Whether this owner may send, under whatever epoch: what one process should do for all is done by that one."""
    with reading() as session:
        lease = session.get(WorkerLease, _NAME)
        return lease is not None and lease.owner == owner and lease.expires_at > now


def keep_lease(owner: str, *, now: datetime) -> bool:
    """Renew the lease during a long call; False where it is not ours, or no longer. It never takes one."""
    with transaction() as session:
        lease = session.get(WorkerLease, _NAME)
        return lease is not None and renew_in(session, owner, lease.epoch, now=now)


def release_lease(owner: str, *, now: datetime) -> None:
    """Give the lease back at a clean stop, so that the next process need not wait for its end."""
    with transaction() as session:
        session.execute(update(WorkerLease).where(WorkerLease.name == _NAME, WorkerLease.owner == owner).values(expires_at=now))
