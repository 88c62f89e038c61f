"""Who runs the bazaar: the tenant, accounts and their roles, sign-ins, single-use tokens."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bazaar.schema.columns import Base, Key, Name, Sha256
from bazaar.states import Role, TokenPurpose


class Bazaar(Base):
    """An organization that runs a Pasar Virtual: the tenant, beyond which nobody sees."""

    __tablename__ = "bazaar"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[Name]
    city: Mapped[str] = mapped_column(String(120), default="")
    help_phone: Mapped[str] = mapped_column(String(20), default="")  # E.164; printed on vendors' pages: the committee's, not a person's
    created_at: Mapped[datetime]


class Account(Base):
    """A person who signs in with e-mail and password."""

    __tablename__ = "account"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), unique=True)  # stored in lower case
    name: Mapped[Name]
    password_hash: Mapped[str] = mapped_column(String(200))  # Argon2id
    totp_secret: Mapped[str | None] = mapped_column(String(400))  # encrypted with a key derived from SECRET_KEY
    totp_confirmed_at: Mapped[datetime | None]  # a secret counts only once a first code was right
    totp_last_step: Mapped[int | None]  # a code is good once
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    digest_off_at: Mapped[datetime | None]  # wants no letter in the morning about the evening's live session


class Membership(Base):
    """An account's role in a bazaar, from joining to leaving."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_current",
            "bazaar_id",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    bazaar_id: Mapped[int] = mapped_column(ForeignKey("bazaar.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[Role]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignIn(Base):
    """A server-side browser session: of an account, or of whoever opened a host link. Ends for real when revoked."""

    __tablename__ = "sign_in"
    __table_args__ = (CheckConstraint("(account_id IS NULL) <> (link_id IS NULL)", name="account_or_link"),)

    id: Mapped[Key]
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    device_name: Mapped[str] = mapped_column(String(120), default="")  # what the browser calls itself, shortened
    awaits_totp: Mapped[bool] = mapped_column(default=False)  # the password was right, the second factor is still asked
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AccountToken(Base):
    """A single-use token sent by mail or printed at start: first organizer, invitation, new password."""

    __tablename__ = "account_token"

    id: Mapped[Key]
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    purpose: Mapped[TokenPurpose]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    bazaar_id: Mapped[int | None] = mapped_column(ForeignKey("bazaar.id"))
    role: Mapped[Role | None]
    email: Mapped[str | None] = mapped_column(String(254))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
