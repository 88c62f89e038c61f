"""Two bazaars side by side, each with a row of every table: what one owns, the other must never see.

Names carry `Rahasia <letter>`, so that a page which shows a foreign row gives itself away.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from bazaar.database import transaction
from bazaar.editions.build import read_problem_of
from bazaar.rotation.problem import Problem, write_problem
from bazaar.rotation.result import Result
from bazaar.rotation.solve import solve
from bazaar.states import (
    AnswerKind,
    ChannelName,
    DeliveryState,
    EntryKind,
    LinkKind,
    OrderStep,
    PaymentMethod,
    ProviderWord,
    ReminderKind,
    Role,
    RotationState,
    TokenPurpose,
    Verdict,
)
from bazaar.tokens import hash_token, new_token, token_of_link
from models import (
    Account,
    AccountToken,
    AirReport,
    Answer,
    AudienceCount,
    Availability,
    Bazaar,
    ChannelAccount,
    Closing,
    Delivery,
    DeliveryEvent,
    Device,
    Edition,
    Entry,
    EntryConflict,
    ImportDraft,
    Link,
    LiveSession,
    Membership,
    MessageText,
    OrderState,
    PastTurn,
    PlanningJob,
    Product,
    ProviderEvent,
    PushSubscription,
    Reminder,
    Rotation,
    Sale,
    SignIn,
    Slot,
    Supplement,
    Turn,
    Vendor,
    Void,
    Wish,
)
from tests.factories import CREATED_AT, SECRET_KEY

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ENDLESS = datetime(2030, 1, 1, tzinfo=UTC)
_numbers = count(1)


@dataclass
class Home:
    """One bazaar: what its addresses name, and the sign-ins of its people."""

    letter: str
    edition: str = ""
    bazaar: str = ""
    number: int = 0  # of the draft rotation
    published_number: int = 0
    ids: dict[str, int] = field(default_factory=dict)  # by table
    tokens: dict[str, str] = field(default_factory=dict)  # by the first part of the path
    ended_tokens: dict[str, str] = field(default_factory=dict)
    sign_ins: dict[str, str] = field(default_factory=dict)  # cookie by kind of visitor
    device_key: str = ""
    sibling_live_session_id: int = 0

    @property
    def secret(self) -> str:
        """What no page for others may contain."""
        return f"Rahasia {self.letter}"


def build_home(letter: str) -> Home:
    """A bazaar with a row of every table."""
    with transaction() as session:
        builder = _Builder(session, letter)
        builder.build()
    problem = read_problem_of(builder.edition.id, now=NOW)
    with transaction() as session:
        builder.session = session
        builder.add_rotations(problem, solve(problem))
    return builder.home


class _Builder:
    def __init__(self, session: Session, letter: str) -> None:
        self.session = session
        self.n = next(_numbers)
        self.home = Home(letter, edition=f"edisi-{letter.lower()}{self.n}", bazaar=f"bazar-{letter.lower()}{self.n}")

    def add(self, row: Any, *, keep: bool = True) -> Any:
        self.session.add(row)
        self.session.flush()
        if keep and hasattr(row, "id"):
            self.home.ids.setdefault(row.__tablename__, row.id)
        return row

    def build(self) -> None:
        self._edition()
        self._vendor()
        self._links()
        self._people()
        self._messages()
        self._ledger()
        rows = {"columns": ["nama"], "rows": [[2, self.home.secret]]}
        self.add(PlanningJob(edition_id=self.edition.id, kind="build", options={}, problem={}, heartbeat_at=NOW, created_at=NOW))
        file_name = f"{self.home.secret}.csv"
        self.add(ImportDraft(edition_id=self.edition.id, kind="vendors", file_name=file_name, rows=rows, created_at=NOW))

    def _edition(self) -> None:
        secret = self.home.secret
        self.bazaar = self.add(Bazaar(slug=self.home.bazaar, name=f"Bazar {secret}", created_at=CREATED_AT))
        self.edition = self.add(
            Edition(
                bazaar_id=self.bazaar.id,
                slug=self.home.edition,
                name=f"Edisi {secret}",
                starts_on=date(2026, 5, 4),
                ends_on=date(2026, 5, 31),
                created_at=CREATED_AT,
            )
        )
        self.live_session = self._live_session(NOW - timedelta(minutes=20))
        self.home.sibling_live_session_id = self._live_session(NOW + timedelta(days=1)).id

    def _live_session(self, starts_at: datetime) -> LiveSession:
        row = self.add(
            LiveSession(
                edition_id=self.edition.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=30),
                slot_minutes=15,
                host_name=f"Mbak {self.home.secret}",
                created_at=CREATED_AT,
            )
        )
        for position in (1, 2):
            starts = starts_at + timedelta(minutes=15 * (position - 1))
            self.add(
                Slot(
                    edition_id=self.edition.id,
                    live_session_id=row.id,
                    position=position,
                    starts_at=starts,
                    ends_at=starts + timedelta(minutes=15),
                    points=10,
                )
            )
        return row

    def _vendor(self) -> None:
        secret, edition_id = self.home.secret, self.edition.id
        self.vendor = self.add(
            Vendor(
                edition_id=edition_id,
                business_name=f"Lapak {secret}",
                owner_name=f"Bu {secret}",
                category="Camilan",
                phone=f"+62812{self.n:08d}",
                note=f"Catatan {secret}",
                created_at=CREATED_AT,
            )
        )
        self.product = self.add(
            Product(
                edition_id=edition_id, vendor_id=self.vendor.id, code="K01", name=f"Tape {secret}", price_idr=15_000, created_at=CREATED_AT
            )
        )
        self.add(Availability(vendor_id=self.vendor.id, weekday=4))
        self.add(Wish(vendor_id=self.vendor.id, from_minute=1140))
        own_words = {"subject": f"{{nama}}, {secret}", "body": f"Halo {secret}", "changed_at": CREATED_AT}
        self.add(MessageText(edition_id=edition_id, kind=ReminderKind.RECAP, language="id", **own_words))
        endpoint = f"https://push.example/{secret}/{self.vendor.id}"
        keys = {"p256dh": "x", "auth": "y", "endpoint_hash": hash_token(endpoint)}
        self.add(PushSubscription(vendor_id=self.vendor.id, endpoint=endpoint, created_at=NOW, **keys))
        self.add(PastTurn(vendor_id=self.vendor.id, edition_name=f"Dulu {secret}", started_at=CREATED_AT, minutes_aired=15))

    def add_rotations(self, problem: Problem, result: Result) -> None:
        """One published, one draft. Their numbers differ between the two bazaars, so that a foreign number is foreign."""
        first = ord(self.home.letter) - ord("A")
        for number, state in ((10 * first + 1, RotationState.PUBLISHED), (10 * first + 2, RotationState.DRAFT)):
            rotation = self.add(
                Rotation(
                    edition_id=self.edition.id,
                    number=number,
                    state=state,
                    seed=1,
                    problem=write_problem(problem),
                    score=result.score.as_dict(),
                    bounds=result.bounds,
                    proved=result.proved,
                    digest=result.digest,
                    created_at=CREATED_AT,
                    published_at=CREATED_AT if state is RotationState.PUBLISHED else None,
                )
            )
            self.add(
                Turn(
                    edition_id=self.edition.id,
                    rotation_id=rotation.id,
                    slot_id=self.home.ids["slot"],
                    vendor_id=self.vendor.id,
                    points=10,
                )
            )
            if state is RotationState.PUBLISHED:
                self._losses(rotation.id)
        self.home.published_number, self.home.number = 10 * first + 1, 10 * first + 2
        self.session.execute(update(Edition).where(Edition.id == self.edition.id).values(rotation_count=self.home.number))

    def _losses(self, rotation_id: int) -> None:
        """Lost minutes of the turn that has begun, and how many watched it."""
        self.add(
            AirReport(
                edition_id=self.edition.id,
                slot_id=self.home.ids["slot"],
                vendor_id=self.vendor.id,
                rotation_id=rotation_id,
                lost_minutes=3,
                turns_promised=0,
                reason=f"Putus {self.home.secret}",
                noted_at=NOW,
            )
        )
        self.add(AudienceCount(live_session_id=self.home.ids["live_session"], viewer_count=40, noted_at=NOW))

    def _links(self) -> None:
        for part, kind, names in (
            ("g", LinkKind.VENDOR, {"vendor_id": self.vendor.id}),
            ("h", LinkKind.HOST, {"live_session_id": self.live_session.id}),
        ):
            for tokens, revoked_at in ((self.home.tokens, None), (self.home.ended_tokens, NOW)):
                nonce = new_token()
                tokens[part] = token_of_link(SECRET_KEY, nonce)
                row = Link(
                    kind=kind,
                    nonce=nonce,
                    token_hash=hash_token(tokens[part]),
                    edition_id=self.edition.id,
                    label="",
                    created_at=CREATED_AT,
                    revoked_at=revoked_at,
                    **names,
                )
                self.add(row)
                if part == "h" and revoked_at is None:
                    self.host_link = row
        self.home.device_key = new_token()
        self.add(
            Device(
                live_session_id=self.live_session.id,
                name="hp-1",
                key_hash=hash_token(self.home.device_key),
                created_at=CREATED_AT,
                expires_at=ENDLESS,
            )
        )

    def _people(self) -> None:
        self.organizer = self._account("organizer", Role.ORGANIZER)
        self._account("second organizer", Role.ORGANIZER)
        self._account("host by account", Role.HOST)
        self._account("former organizer", Role.ORGANIZER, ended_at=NOW)
        self._sign_in("host by link", link_id=self.host_link.id)
        self._sign_in("revoked sign-in", account_id=self.organizer.id, revoked_at=NOW)
        for part, purpose, values in (
            ("mulai", TokenPurpose.FIRST_ORGANIZER, {}),
            ("sandi-baru", TokenPurpose.PASSWORD_RESET, {"account_id": self.organizer.id}),
            ("masuk", TokenPurpose.SIGN_IN, {"account_id": self.organizer.id}),
            (
                "undangan",
                TokenPurpose.INVITATION,
                {"bazaar_id": self.bazaar.id, "role": Role.HOST, "email": f"tamu{self.n}@example.org"},
            ),
        ):
            for tokens, used_at in ((self.home.tokens, None), (self.home.ended_tokens, NOW)):
                tokens[part] = new_token()
                row = AccountToken(
                    token_hash=hash_token(tokens[part]),
                    purpose=purpose,
                    created_at=NOW,
                    expires_at=ENDLESS,
                    used_at=used_at,
                    **values,
                )
                self.add(row, keep=False)
                if purpose is TokenPurpose.INVITATION and used_at is None:
                    self.home.ids["account_token"] = row.id

    def _account(self, visitor: str, role: Role, *, ended_at: datetime | None = None) -> Account:
        account = self.add(
            Account(
                email=f"{visitor.replace(' ', '-')}-{self.n}@example.org",
                name=f"{visitor.capitalize()} {self.home.secret}",
                password_hash="!",
                created_at=CREATED_AT,
            )
        )
        self.add(Membership(bazaar_id=self.bazaar.id, account_id=account.id, role=role, created_at=CREATED_AT, ended_at=ended_at))
        self._sign_in(visitor, account_id=account.id)
        return account  # type: ignore[no-any-return] # `add` gives back what it was given

    def _sign_in(self, visitor: str, **fields: Any) -> None:
        token = self.home.sign_ins[visitor] = new_token()
        self.add(SignIn(token_hash=hash_token(token), created_at=NOW, last_seen_at=NOW, expires_at=ENDLESS, **fields))

    def _messages(self) -> None:
        slot_id = self.home.ids["slot"]
        self.add(Answer(slot_id=slot_id, vendor_id=self.vendor.id, kind=AnswerKind.READY, answered_at=NOW))
        reminder = self.add(
            Reminder(
                edition_id=self.edition.id,
                key=f"before:{self.n}",
                vendor_id=self.vendor.id,
                slot_id=slot_id,
                kind=ReminderKind.BEFORE,
                lead_minutes=10,
                turn_starts_at=NOW - timedelta(minutes=20),
                due_at=NOW - timedelta(minutes=30),
                stale_at=NOW + timedelta(minutes=30),
                created_at=CREATED_AT,
            )
        )
        delivery = self.add(
            Delivery(
                reminder_id=reminder.id, channel=ChannelName.HAND, state=DeliveryState.WAITING_FOR_HAND, next_at=NOW, created_at=CREATED_AT
            )
        )
        account = {"bazaar_id": self.bazaar.id, "channel": ChannelName.FONNTE}
        self.add(ChannelAccount(sealed=self.home.secret, created_at=CREATED_AT, **account))
        said = {
            "word": ProviderWord.REPLY,
            "sender": self.vendor.phone,
            "note": f"Siap {self.home.secret}",
            "event_key": hash_token(str(self.n)),
        }
        self.add(ProviderEvent(said_at=NOW, received_at=NOW, applied_at=NOW, **said, **account))
        self.add(DeliveryEvent(delivery_id=delivery.id, at=NOW, state=DeliveryState.WAITING_FOR_HAND, note=self.home.secret))

    def _ledger(self) -> None:
        slot_id, edition_id = self.home.ids["slot"], self.edition.id
        sale = self._entry(1, EntryKind.SALE)
        self.add(
            Sale(
                entry_id=sale.id,
                edition_id=edition_id,
                slot_id=slot_id,
                vendor_id=self.vendor.id,
                product_id=self.product.id,
                product_code="K01",
                product_name=self.product.name,
                quantity=1,
                unit_price_idr=15_000,
                amount_idr=15_000,
                buyer_alias=f"Mbak {self.home.secret}",
                payment_method=PaymentMethod.OTHER,
            )
        )
        void = self._entry(2, EntryKind.VOID)
        self.add(Void(entry_id=void.id, void_of=sale.uuid, reason="Salah ketik"))
        self.live_session.last_server_seq = 2
        self.add(OrderState(sale_entry_id=sale.id, step=OrderStep.KEEP, at=NOW))
        self.add(
            EntryConflict(
                bazaar_id=self.bazaar.id,
                live_session_id=self.live_session.id,
                uuid=sale.uuid,
                payload_hash="1" * 64,
                payload={"uuid": sale.uuid, "kind": "sale", "slot_position": 1, "product_code": "K01", "qty": 2},
                received_at=NOW,
            )
        )
        closing = self.add(
            Closing(
                edition_id=edition_id,
                number=1,
                slot_id=slot_id,
                vendor_id=self.vendor.id,
                planned_at=NOW,
                closed_at=NOW,
                cut_server_seq=2,
                sale_count=0,
                item_count=0,
                amount_idr=0,
                void_count=1,
                void_amount_idr=15_000,
                by_payment_method={},
            )
        )
        self.edition.closing_count = 1
        self.add(Supplement(closing_id=closing.id, number=1, entry_id=void.id, amount_idr=-15_000, created_at=NOW))

    def _entry(self, seq: int, kind: EntryKind) -> Entry:
        row: Entry = self.add(
            Entry(
                bazaar_id=self.bazaar.id,
                live_session_id=self.live_session.id,
                server_seq=seq,
                uuid=f"00000000-0000-4000-8000-{self.n:06d}{seq:06d}",
                kind=kind,
                payload_hash=f"{seq}" * 64,
                verdict=Verdict.STORED,
                received_at=NOW,
                device_name="hp-1",
            )
        )
        return row
