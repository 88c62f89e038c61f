"""Looks this deployment over: what is configured, what is missing, what to do about it. Changes nothing and sends nothing."""

import os
import shutil
import smtplib
import socket
import sqlite3
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from sqlalchemy.exc import SQLAlchemyError

from bazaar.accounts.first_organizer import has_accounts
from bazaar.database import db, schema_versions, sqlite_journal_mode
from bazaar.demo.load import demo_edition_id
from bazaar.refusals import Refusal
from bazaar.reminders.channels.email import is_local_mail, is_sender
from bazaar.reminders.pulse import LATE_AFTER, scheduler_age
from bazaar.settings import Settings

_LEAST_FREE_MB = 500
_MAIL_PATIENCE_SECONDS = 5


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `needs_you`: somebody has to act; the text says how."""

    name: str
    text: str
    needs_you: bool = False


def look_over(settings: Settings, *, now: datetime) -> list[Finding]:
    """Every finding, in the order in which a person would mend them."""
    findings = [_environment(settings), _address(settings), *_database()]
    if not any(finding.needs_you for finding in findings if finding.name == "schema"):
        findings += [_scheduler(now), *_people(), *_sample(settings)]
    return [*findings, *_mail(settings), *_disk(settings), *_tools()]


def _environment(settings: Settings) -> Finding:
    if settings.is_production:
        return Finding("environment", "production")
    return Finding("environment", "development")


def _address(settings: Settings) -> Finding:
    if settings.is_production and not settings.is_https:
        return Finding(
            "address", f"PUBLIC_URL is {settings.public_url}; without https:// passwords and links travel in the open. Set up HTTPS.", True
        )
    return Finding("address", f"links begin with {settings.public_url}")


def _database() -> Iterator[Finding]:
    try:
        current, wanted = schema_versions()
        with db.engine.connect() as connection:
            if db.engine.dialect.name == "sqlite":
                version = sqlite3.sqlite_version_info
                mode = sqlite_journal_mode((version[0], version[1], version[2]))
                yield Finding("database", f"SQLite {sqlite3.sqlite_version} in {db.engine.url.database}, journal {mode}, synchronous FULL")
            else:
                yield Finding("database", f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}")
    except SQLAlchemyError as error:
        yield Finding("database", f"it does not answer: {str(error.__cause__ or error).splitlines()[0]}. Check DATABASE_URL.", True)
        yield Finding("schema", "unknown, because the database does not answer", True)
        return
    if current == wanted:
        yield Finding("schema", f"up to date ({current})")
    else:
        yield Finding("schema", f"{current or 'empty'}, but this version needs {wanted}. Run: ./run --prepare", True)


def _scheduler(now: datetime) -> Finding:
    age = scheduler_age(now)
    if age is None:
        return Finding("scheduler", "it has never run here. Start it: ./run, or python scheduler.py", True)
    if age > LATE_AFTER:
        minutes = int(age.total_seconds() // 60)
        return Finding("scheduler", f"its last pass was {minutes} minutes ago; no reminder goes out. Start it again.", True)
    return Finding("scheduler", f"its last pass was {int(age.total_seconds())} seconds ago")


def _people() -> Iterator[Finding]:
    if not has_accounts():
        yield Finding("people", "nobody has an account yet. Print the first organizer's link: accounts first-organizer", True)


def _sample(settings: Settings) -> Iterator[Finding]:
    try:
        demo_edition_id()
    except Refusal:
        return
    text = "the edition ramadhan-1442 is loaded; its mail goes to a mail server on this machine only, its WhatsApp links are withheld"
    yield Finding(
        "sample data", f"{text}. Archive it before you begin in earnest." if settings.is_production else text, settings.is_production
    )


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_url:
        if settings.is_production:
            text = "SMTP_URL is not set: all reminders are sent by hand, and nobody can reset a password by mail. Set SMTP_URL."
        else:
            text = "SMTP_URL is not set: what would go by mail appears in the scheduler's terminal"
        yield Finding("mail", text, settings.is_production)
        return
    if not is_sender(settings.mail_from):
        yield Finding("mail sender", f"MAIL_FROM is {settings.mail_from!r}; it must look like Giliran <giliran@example.org>.", True)
    elif settings.is_production and settings.mail_from.rstrip(">").endswith("@localhost"):
        yield Finding("mail sender", "MAIL_FROM is not set; mail from @localhost is thrown away by others. Set MAIL_FROM.", True)
    problem = _greet_mail_server(settings.smtp_url)
    host = urlsplit(settings.smtp_url).hostname
    if problem:
        yield Finding("mail", f"{host} does not take our mail: {problem}. Check SMTP_URL.", True)
    else:
        where = " (on this machine: mail of the sample edition goes there too)" if is_local_mail(settings.smtp_url) else ""
        yield Finding("mail", f"{host} answers{where}")


def _greet_mail_server(smtp_url: str) -> str:
    """Say hello, and log in where a login is given; the problem in words, or nothing."""
    url = urlsplit(smtp_url)
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    port = url.port or {"smtp": 25, "smtp+starttls": 587, "smtps": 465}[url.scheme]
    try:
        with kind(url.hostname or "", port, local_hostname="[127.0.0.1]", timeout=_MAIL_PATIENCE_SECONDS) as server:
            if url.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
    except smtplib.SMTPResponseException as error:
        return f"{error.smtp_code} {error.smtp_error!r}"
    except (OSError, smtplib.SMTPException, socket.gaierror) as error:
        return str(error) or type(error).__name__
    return ""


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.instance_dir if settings.instance_dir.exists() else settings.instance_dir.parent
    if not os.access(folder, os.W_OK):
        yield Finding("disk", f"{folder} cannot be written to. Give this user the right to.", True)
        return
    free_mb = shutil.disk_usage(folder).free // 1024**2
    yield Finding("disk", f"{free_mb} MB free at {folder}" + (". Make room." if free_mb < _LEAST_FREE_MB else ""), free_mb < _LEAST_FREE_MB)


def _tools() -> Iterator[Finding]:
    if db.engine.dialect.name == "postgresql" and shutil.which("pg_dump") is None:
        yield Finding(
            "backup", "pg_dump was not found; `backup` needs the PostgreSQL client. On Debian: apt install postgresql-client", True
        )
