"""Settings from the environment, read once, frozen; a wrong one stops the start with its name and the way out."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bazaar.web_address import OWN_MACHINE

ROOT = Path(__file__).resolve().parent.parent
_SHORTEST_SECRET = 32
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
_SHORTEST_TOKEN = 20
_KNOWN_SECRETS = frozenset({"secret", "changeme", "change-me", "dev", "development", "password", "rahasia"})


class SettingsError(ValueError):
    """One sentence for the person at the keyboard: which variable, what is wrong, what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything the environment decides; what each variable means stands in README's table."""

    environment: str
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    public_url: str
    instance_dir: Path
    host: str
    port: int
    smtp_url: str = field(repr=False)
    mail_from: str
    proxy_hops: int
    log_level: str
    metrics_token: str = field(default="", repr=False)
    backup_dir: Path = ROOT / "instance" / "backup"
    backup_keep: int = 14

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def is_secure_context(self) -> bool:
        """Whether browsers trust pages under this address with notifications: HTTPS, or this very machine."""
        return self.is_https or self.public_host in OWN_MACHINE

    @property
    def public_host(self) -> str:
        """The host name that pages are reached under, without port."""
        return urlsplit(self.public_url).hostname or ""


VARIABLES = (
    "GILIRAN_ENV",
    "SECRET_KEY",
    "DATABASE_URL",
    "PUBLIC_URL",
    "INSTANCE_DIR",
    "HOST",
    "PORT",
    "SMTP_URL",
    "MAIL_FROM",
    "PROXY_HOPS",
    "LOG_LEVEL",
    "METRICS_TOKEN",
    "BACKUP_DIR",
    "BACKUP_KEEP",
)
"""Every variable that `read_settings` looks at."""


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process. Creates what it needs of `instance/`: outside production a secret (mode 0600).

    Raises SettingsError with a sentence that names the variable.
    """
    environment = _choice(environ, "GILIRAN_ENV", ("development", "production"))
    instance_dir = Path(environ.get("INSTANCE_DIR") or ROOT / "instance").resolve()
    host = _host(environ)
    port = _whole_number(environ, "PORT", 8000, 1, 65535)
    return Settings(
        environment=environment,
        secret_key=_secret_key(environ, environment, instance_dir),
        database_url=_database_url(environ, instance_dir),
        public_url=_public_url(environ, environment, host, port),
        instance_dir=instance_dir,
        host=host,
        port=port,
        smtp_url=_smtp_url(environ),
        mail_from=environ.get("MAIL_FROM") or "Giliran <giliran@localhost>",
        proxy_hops=_whole_number(environ, "PROXY_HOPS", 0, 0, 5),
        log_level=_choice(environ, "LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
        metrics_token=_metrics_token(environ),
        backup_dir=_backup_dir(environ, instance_dir),
        backup_keep=_whole_number(environ, "BACKUP_KEEP", 14, 0, 3650),
    )


def _choice(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = environ.get(name) or allowed[0]
    if value not in allowed:
        raise SettingsError(f"{name} is {value!r}; it must be one of: {', '.join(allowed)}.")
    return value


def _whole_number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
        raise SettingsError(f"{name} is {text!r}; it must be a whole number from {least} to {most}.")
    return int(text)


def _metrics_token(environ: Mapping[str, str]) -> str:
    token = environ.get("METRICS_TOKEN", "")
    if token and len(token) < _SHORTEST_TOKEN:
        raise SettingsError(
            f"METRICS_TOKEN must hold at least {_SHORTEST_TOKEN} random characters; without it only this machine sees /metrics."
        )
    return token


def _backup_dir(environ: Mapping[str, str], instance_dir: Path) -> Path:
    folder = Path(environ.get("BACKUP_DIR") or instance_dir / "backup").resolve()
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"BACKUP_DIR is {str(folder)!r}; that is no folder.")
    return folder


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"INSTANCE_DIR is {str(path)!r}; that folder cannot be made ({error.strerror}).") from None


def _host(environ: Mapping[str, str]) -> str:
    host = environ.get("HOST") or "127.0.0.1"
    with suppress(ValueError):
        return str(ip_address(host))
    if not _HOST_NAME.fullmatch(host):
        raise SettingsError(f"HOST is {host!r}; it must be an address of this machine such as 127.0.0.1 or 0.0.0.0, without a port.")
    return host


def _secret_key(environ: Mapping[str, str], environment: str, instance_dir: Path) -> str:
    given = environ.get("SECRET_KEY", "")
    if given or environment == "production":
        if len(given.encode()) < _SHORTEST_SECRET or given.lower() in _KNOWN_SECRETS or len(set(given)) < 8:
            raise SettingsError(
                "SECRET_KEY must hold at least 32 random characters; "
                "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return given
    _make_folder(instance_dir)
    try:
        return _kept_secret(instance_dir / "secret_key")
    except OSError as error:
        raise SettingsError(f"INSTANCE_DIR is {str(instance_dir)!r}; a secret cannot be kept there ({error.strerror}).") from None


def _kept_secret(path: Path) -> str:
    """The secret of this machine, made at the first start. Two processes that start together agree on one."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # atomic, and fails where another process was first
            os.link(fresh, path)
        fresh.unlink()
    kept = path.read_text().strip()
    if len(kept) < _SHORTEST_SECRET:
        raise SettingsError(f"the secret in {path} is too short; remove the file and start again (links sent before then stop working).")
    return kept


def _database_url(environ: Mapping[str, str], instance_dir: Path) -> str:
    given = environ.get("DATABASE_URL", "")
    if not given:
        _make_folder(instance_dir)
        return URL.create("sqlite", database=str(instance_dir / "giliran.sqlite3")).render_as_string(hide_password=False)
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise SettingsError(
            "DATABASE_URL is not readable; examples: sqlite:////srv/giliran/giliran.sqlite3 or postgresql://user:password@host/giliran"
        ) from None
    if url.get_backend_name() == "postgres":
        url = url.set(drivername="postgresql")
    if url.drivername not in _DRIVERS:
        raise SettingsError(f"DATABASE_URL names {url.drivername!r}; Giliran runs on sqlite and postgresql.")
    if url.get_backend_name() == "sqlite" and (not url.database or url.database == ":memory:"):
        raise SettingsError("DATABASE_URL must name a file: the web server and the scheduler are two processes and share it.")
    return url.render_as_string(hide_password=False)


def _public_url(environ: Mapping[str, str], environment: str, host: str, port: int) -> str:
    given = environ.get("PUBLIC_URL", "").rstrip("/")
    if not given:
        if environment == "production":
            raise SettingsError(
                "PUBLIC_URL is not set; in production it must be the address that phones open, for example https://giliran.example.org"
            )
        shown = "localhost" if host in {"0.0.0.0", "::", "127.0.0.1"} else f"[{host}]" if ":" in host else host  # noqa: S104 (compared, not bound)
        return f"http://{shown}:{port}"
    if not _is_origin(given):
        raise SettingsError(f"PUBLIC_URL is {given!r}; it must look like https://giliran.example.org, without a path.")
    return given


def _is_origin(text: str) -> bool:
    """Whether it is scheme, host and perhaps a port, and nothing else: it stands before every path that is printed."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    shown = f"[{host}]" if ":" in host else host
    rebuilt = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
    return parts.scheme in {"http", "https"} and bool(host) and not any(sign.isspace() for sign in text) and rebuilt == text.lower()


def _smtp_url(environ: Mapping[str, str]) -> str:
    given = environ.get("SMTP_URL", "")
    if not given:
        return ""
    if not _is_mail_server(given):
        raise SettingsError(
            "SMTP_URL must look like smtp://host:25, smtp+starttls://user:password@host:587 or smtps://user:password@host:465"
        )
    return given


def _is_mail_server(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"smtp", "smtps", "smtp+starttls"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
