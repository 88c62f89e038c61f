"""The trace of changes names who acted."""

from flask import Flask
from sqlalchemy import select

from bazaar.accounts import audit
from bazaar.database import reading, transaction
from models import Audit
from tests import factories
from tests.conftest import START


def test_the_actor_is_the_accounts_name_or_what_is_said_or_the_command_line(app: Flask) -> None:
    account_id = factories.make_account(name="Rani")

    with transaction() as session:
        audit.note(session, "publish_rotation", "rotation", 1, now=START, bazaar_id=None, by=account_id, actor="tautan lapak")
        audit.note(session, "answer_turn", "turn", 1, now=START, bazaar_id=None, actor="tautan lapak")
        audit.note(session, "load_demo", "edition", 1, now=START, bazaar_id=None)

    with reading() as session:
        rows = session.scalars(select(Audit).order_by(Audit.id)).all()
    assert [(row.actor, row.account_id) for row in rows] == [("Rani", account_id), ("tautan lapak", None), ("command line", None)]
