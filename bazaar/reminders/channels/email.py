"""E-mail over SMTP, with a kept connection: plain, STARTTLS or TLS from the first byte, with or without a login."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from time import monotonic
from urllib.parse import unquote, urlsplit

from bazaar.clock import Clock, system_clock
from bazaar.lines import one_line
from bazaar.reminders.channels.base import Attachment, DeliveryError, Message, Receipt
from bazaar.states import ChannelName
from bazaar.web_address import OWN_MACHINE

TIMEOUT_SECONDS = 20
"""For one message, from the first word to the last: a server that answers each line slowly holds up all the others."""
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_GOODBYE_SECONDS = 2
_STILL_THERE_SECONDS = 5
_NO_ADDRESS = (ValueError, IndexError, MessageError)  # the standard library's parser of addresses raises any of them
_OK = 250
_REFUSED_FOR_GOOD = 500  # replies from here on mean: never, whatever we do


class _MailPolicy(EmailPolicy):
    """The standard library folds a header word of more than 78 signs into an encoded one, which no program reads as an address."""

    def fold(self, name: str, value: str) -> str:
        """As usual, but whole where a program must find an address in it."""
        return f"{name}: {value}{self.linesep}" if name in _WHOLE else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same in bytes."""
        return self.fold(name, value).encode("ascii") if name in _WHOLE else super().fold_binary(name, value)


_WHOLE = frozenset({"Message-ID", "In-Reply-To", "References", "List-Unsubscribe", "List-Unsubscribe-Post"})
_POLICY = _MailPolicy(linesep=SMTP.linesep)
_DEAF_MAILBOXES = ("noreply", "no-reply", "donotreply", "do-not-reply", "tidak-dibalas")


def is_sender(mail_from: str) -> bool:
    """Whether mail can come from this address, as in `Giliran <giliran@example.org>`."""
    try:
        return mail_from.isprintable() and bool(_address(mail_from).addr_spec)
    except _NO_ADDRESS:
        return False


def is_local_mail(smtp_url: str) -> bool:
    """Whether the mail server stands on this machine: a sink for tries, from which nothing reaches invented addresses."""
    return bool(smtp_url) and (urlsplit(smtp_url).hostname or "") in OWN_MACHINE


class EmailChannel:
    """Sends each message as one mail. The connection is kept between messages and opened again when the server closed it."""

    name = ChannelName.EMAIL

    def __init__(
        self,
        smtp_url: str,
        mail_from: str,
        *,
        clock: Clock = system_clock,
        timeout: float = TIMEOUT_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = urlsplit(smtp_url)
        self._from = mail_from
        self._clock = clock
        self._timeout = timeout
        self._tls = tls
        domain = parseaddr(mail_from)[1].rpartition("@")[2]
        self._own_name = domain if "." in domain else "[127.0.0.1]"  # asking DNS for our own name may take seconds
        self._connection: smtplib.SMTP | None = None
        self._lock = threading.Lock()  # one conversation at a time over one connection

    def send(self, message: Message) -> Receipt:
        """Hand the mail to the server. The same message gets the same Message-ID on every attempt, so a double can be told.

        Refused for now (4xx) may be tried again, refused for good (5xx) not; silence after the whole text went is ambiguous.
        """
        mail = self.write_mail(message)
        with self._lock:
            deadline = monotonic() + self._timeout
            connection = self._connected(deadline)
            try:
                with _hung_up_at(connection, deadline):
                    self._hand_over(connection, mail)
            except DeliveryError as error:
                self._make_ready(connection, error)
                raise
            return Receipt(str(mail["Message-ID"]))

    def close(self) -> None:
        """Say goodbye to the server."""
        with self._lock:
            if self._connection is not None:
                with suppress(OSError, smtplib.SMTPException), _hung_up_at(self._connection, monotonic() + _GOODBYE_SECONDS):
                    self._connection.quit()
            self._hang_up()

    def write_mail(self, message: Message) -> EmailMessage:
        """The message as a mail. Raises DeliveryError (permanent) for an address or a header that is none."""
        mail = EmailMessage()
        try:
            mail["From"] = _address(self._from)
            mail["To"] = _address(message.to_address, name=message.to_name)
            mail["Subject"] = one_line(message.subject)
        except _NO_ADDRESS as error:
            raise DeliveryError(f"bukan alamat e-mail: {error}", permanent=True) from error
        mail["Date"] = format_datetime(self._clock())
        domain = mail["From"].addresses[0].domain or "localhost"
        mail["Message-ID"] = f"<{one_line(message.key).replace(':', '.')}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answer comes back
        if message.topic:  # a mail that never was, to which all about one turn seem to answer: so they stand together
            mail["In-Reply-To"] = mail["References"] = f"<{_plain(message.topic)}.giliran@{domain}>"
        for name, value in self._way_out(message, domain).items():
            mail[name] = value
        mail.set_content(message.text, cte="quoted-printable")  # not every server takes eight bits
        if message.html:
            mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
        for attachment in message.attachments:
            _attach(mail, attachment)
        return mail

    def _way_out(self, message: Message, domain: str) -> dict[str, str]:
        """How to end all mails: one press in the mail program where the page has HTTPS (RFC 8058), or a letter that a person reads."""
        url = one_line(message.unsubscribe_url)
        if not url.isascii() or not url.startswith(("https://", "http://")) or set(url) & set(" <>,"):
            return {}
        ways = [f"<{url}>"]
        mailbox = _address(self._from).addr_spec
        if "." in domain and not mailbox.lower().startswith(_DEAF_MAILBOXES):
            ways.append(f"<mailto:{mailbox}?subject=Berhenti%20dikirimi%20kabar>")
        headers = {"List-Unsubscribe": ", ".join(ways)}
        return {**headers, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if url.startswith("https://") else headers

    def _connected(self, deadline: float) -> smtplib.SMTP:
        """The kept connection if the server still answers, else a new one."""
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException), _hung_up_at(self._connection, min(deadline, monotonic() + _STILL_THERE_SECONDS)):
                if self._connection.noop()[0] == _OK:
                    return self._connection
            self._hang_up()
        self._connection = self._open(deadline)
        return self._connection

    def _open(self, deadline: float) -> smtplib.SMTP:
        try:
            connection = self._dial(max(1.0, deadline - monotonic()))
            try:
                with _hung_up_at(connection, deadline):
                    if self._url.scheme == "smtp+starttls":
                        connection.starttls(context=self._tls or ssl.create_default_context())
                    if self._url.username:
                        connection.login(unquote(self._url.username), unquote(self._url.password or ""))
                    connection.ehlo_or_helo_if_needed()
            except BaseException:
                connection.close()
                raise
        except smtplib.SMTPResponseException as error:
            # A wrong login is the settings' fault, not the message's: it stays in line until somebody corrects it.
            raise DeliveryError(
                f"server e-mail menolak sambungan: {_reply(error.smtp_code, error.smtp_error)}", unreachable=True
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"server e-mail tidak terjangkau: {error}", unreachable=True) from error
        return connection

    def _dial(self, timeout: float) -> smtplib.SMTP:
        host, port = self._url.hostname or "", self._url.port or _PORTS[self._url.scheme]
        if self._url.scheme == "smtps":
            tls = self._tls or ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, local_hostname=self._own_name, timeout=timeout, context=tls)
        return smtplib.SMTP(host, port, local_hostname=self._own_name, timeout=timeout)

    def _hand_over(self, connection: smtplib.SMTP, mail: EmailMessage) -> None:
        """MAIL, RCPT, DATA, one after the other, because what went wrong depends on how far it came."""
        sender, recipient = mail["From"].addresses[0].addr_spec, mail["To"].addresses[0].addr_spec
        content = mail.as_bytes(policy=_POLICY)
        try:
            # A sender that is refused is the settings' fault: every other message would hear the same.
            _expect(connection.mail(sender, [f"size={len(content)}"] if connection.has_extn("size") else []), {_OK}, is_about_us=True)
            _expect(connection.rcpt(recipient), {_OK, 251})
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"sambungan e-mail terputus: {error}", unreachable=True) from error
        try:
            reply = connection.data(content)
        except smtplib.SMTPDataError as error:  # refused before the text was sent
            _expect((error.smtp_code, error.smtp_error), set())
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"server e-mail diam setelah menerima isi: {error}", ambiguous=True) from error
        else:
            _expect(reply, {_OK})

    def _make_ready(self, connection: smtplib.SMTP, error: DeliveryError) -> None:
        """After a clear refusal the connection is good for the next message, after silence it is not."""
        if not (error.unreachable or error.ambiguous):
            with suppress(OSError, smtplib.SMTPException), _hung_up_at(connection, monotonic() + _STILL_THERE_SECONDS):
                if connection.rset()[0] == _OK:
                    return
        self._hang_up()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextmanager
def _hung_up_at(connection: smtplib.SMTP, deadline: float) -> Iterator[None]:
    """Cut the connection when the time is up, wherever the conversation stands: a time limit for each reply alone adds up."""

    def cut() -> None:
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _expect(reply: tuple[int, bytes | str], good: set[int], *, is_about_us: bool = False) -> None:
    code, text = reply
    if code not in good:
        is_for_good = code >= _REFUSED_FOR_GOOD and not is_about_us
        raise DeliveryError(f"server e-mail menjawab {_reply(code, text)}", permanent=is_for_good, unreachable=is_about_us)


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    """Add a file; its type may carry parameters, as `text/calendar; method=PUBLISH`."""
    kind, *rest = (part.strip() for part in one_line(attachment.media_type).split(";"))
    maintype, _, subtype = kind.partition("/")
    params = dict(part.split("=", 1) for part in rest if "=" in part)
    mail.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=one_line(attachment.file_name), params=params)


def _plain(text: str) -> str:
    """Only signs that may stand in the first half of a Message-ID."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "." for sign in one_line(text))


def _reply(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {one_line(words)[:200]}"


def _address(text: str, *, name: str = "") -> Address:
    parsed_name, spec = parseaddr(one_line(text))
    if "@" not in spec or not spec.isascii():
        raise ValueError(text)
    return Address(display_name=one_line(name or parsed_name), addr_spec=spec)
