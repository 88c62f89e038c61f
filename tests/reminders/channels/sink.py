"""A real SMTP server on this machine that remembers what it was handed, and can be told to misbehave."""

import asyncio
import email
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Sink:
    """The handler of the server and its memory. Answers are popped from the lists, in order; then all is well."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    sender_answers: list[str] = field(default_factory=list)
    recipient_answers: list[str] = field(default_factory=list)
    data_answers: list[str] = field(default_factory=list)
    connection_count: int = 0
    stall_seconds: float = 0
    """So long it thinks after the whole text arrived, before it answers; 0, also set meanwhile, makes it answer."""
    cuts_after_data: bool = False
    """It keeps the mail, and hangs up instead of answering."""
    stalled: threading.Event = field(default_factory=threading.Event)
    logins: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_EHLO(self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:  # noqa: N802 (aiosmtpd's name)
        self.connection_count += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 (as above)
        if self.sender_answers:
            return self.sender_answers.pop(0)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802 (as above)
        if self.recipient_answers:
            return self.recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (as above)
        if self.data_answers:
            return self.data_answers.pop(0)
        with self.lock:
            self.mails.append(email.message_from_bytes(envelope.content or b"", _class=EmailMessage, policy=default))  # type: ignore[arg-type] # bytes
            self.recipients.extend(envelope.rcpt_tos)
        if self.cuts_after_data:
            server.transport.abort()
        if self.stall_seconds:
            self.stalled.set()
            since = time.monotonic()
            while time.monotonic() < since + self.stall_seconds:  # noqa: ASYNC110 (set from another thread, which an asyncio.Event cannot be)
                await asyncio.sleep(min(0.05, self.stall_seconds))
        return "250 OK"

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"rahasia & panjang", handled=False)

    def subjects(self) -> list[str]:
        with self.lock:
            return [str(mail["Subject"]) for mail in self.mails]


@contextmanager
def running_sink(*, tls: ssl.SSLContext | None = None, is_tls_from_start: bool = False, asks_login: bool = False) -> Iterator[Sink]:
    """The sink on a free port of 127.0.0.1, in a thread of its own."""
    sink = Sink()
    loop = asyncio.new_event_loop()
    conversations: list[SMTP] = []

    def conversation() -> SMTP:
        options: dict[str, Any] = {}
        if tls is not None and not is_tls_from_start:
            options |= {"tls_context": tls, "require_starttls": True}
        if asks_login:
            # Of TLS from the start it knows nothing: there it offers the login and leaves it to the client.
            knows_tls = not is_tls_from_start
            options |= {"authenticator": sink.authenticate, "auth_required": knows_tls, "auth_require_tls": knows_tls}
        conversations.append(SMTP(sink, hostname="sink.localhost", loop=loop, **options))
        return conversations[-1]

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()  # first: this thread may have a loop already, a browser's
    opening = loop.create_server(conversation, "127.0.0.1", 0, ssl=tls if is_tls_from_start else None)
    server = asyncio.run_coroutine_threadsafe(opening, loop).result(5)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_end_all(conversations), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _end_all(conversations: list[SMTP]) -> None:
    for conversation in conversations:
        if conversation.transport is not None:
            conversation.transport.abort()
    await asyncio.sleep(0.02)
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def self_made_certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(what the server shows, what a client trusts) for 127.0.0.1, made here and known nowhere else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sink")])
    begins = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key(), serial_number=x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=3))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "sink.pem"
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(path)
    return shown, ssl.create_default_context(cafile=path)
