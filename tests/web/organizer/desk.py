"""An organizer at the desk of an edition, for the tests of its pages."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from bazaar.database import reading
from models import Audit, Edition
from tests import factories


@dataclass(frozen=True)
class Desk:
    """A signed-in organizer and the edition on the table."""

    client: FlaskClient
    edition_id: int
    bazaar_id: int
    account_id: int
    slug: str

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """Open a page of the edition: `desk.get("/lapak")`."""
        return self.client.get(f"/panitia/{self.slug}{path}", **kwargs)

    def post(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        """Send a form."""
        return self.client.post(f"/panitia/{self.slug}{path}", data=data or {}, **kwargs)

    def follow(self, path: str, data: Any = None) -> Any:
        """Send a form and read the page it leads to."""
        return self.post(path, data, follow_redirects=True)


def sit_down(client: FlaskClient, **fields: Any) -> Desk:
    """A new bazaar with one organizer, signed in, and one edition."""
    bazaar_id = factories.make_bazaar()
    account_id = factories.make_account(bazaar_id=bazaar_id, name="Rani Prameswari")
    edition_id = factories.make_edition(bazaar_id=bazaar_id, **fields)
    factories.sign_in(client, factories.make_sign_in(account_id=account_id))
    with reading() as session:
        slug = session.get_one(Edition, edition_id).slug
    return Desk(client, edition_id, bazaar_id, account_id, slug)


def actions_by(account_id: int) -> list[str]:
    """What the audit says this account did, in order."""
    with reading() as session:
        return list(session.scalars(select(Audit.action).where(Audit.account_id == account_id).order_by(Audit.id)))
