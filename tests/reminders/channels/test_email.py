"""E-mail over a real SMTP conversation: what arrives, and how honest the channel is about what did not."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bazaar.reminders.channels.base import Attachment, DeliveryError, Message, Receipt
from bazaar.reminders.channels.email import _POLICY, EmailChannel, is_local_mail, is_sender
from tests.reminders.channels.sink import Sink, running_sink, self_made_certificate

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MESSAGE = Message(
    key="0f3c",
    to_name="Bu Siti Aminah",
    to_address="siti@example.com",
    subject="Bu Siti Aminah, giliran Ibu besok malam, 20.15 WIB",
    text="Bu Siti Aminah, giliran Ibu besok malam.\n.\nIbu bisa hadir?\n",
    html="<p>Ibu bisa hadir?</p>",
)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as sink:
        yield sink


@pytest.fixture
def channel(sink: Sink) -> Iterator[EmailChannel]:
    channel = channel_to(sink)
    yield channel
    channel.close()


def channel_to(sink: Sink, *, scheme: str = "smtp", login: str = "", **options: object) -> EmailChannel:
    url = f"{scheme}://{login}127.0.0.1:{sink.port}"
    return EmailChannel(url, "Pasar Virtual <pasar@example.org>", clock=lambda: NOW, **options)  # type: ignore[arg-type] # timeout, tls


def refused(channel: EmailChannel, message: Message = MESSAGE) -> tuple[bool, bool, bool]:
    """(permanent, ambiguous, unreachable) of the error that sending raises."""
    with pytest.raises(DeliveryError) as error:
        channel.send(message)
    return error.value.permanent, error.value.ambiguous, error.value.unreachable


def with_(**changes: object) -> Message:
    return replace(MESSAGE, **changes)  # type: ignore[arg-type] # fields of a message


def test_a_mail_arrives_whole(sink: Sink, channel: EmailChannel) -> None:
    receipt = channel.send(MESSAGE)

    [mail] = sink.mails
    assert sink.recipients == ["siti@example.com"]
    assert receipt == Receipt("<0f3c@example.org>")
    assert {name: str(mail[name]) for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted", "Date")} == {
        "From": "Pasar Virtual <pasar@example.org>",
        "To": "Bu Siti Aminah <siti@example.com>",
        "Subject": MESSAGE.subject,
        "Message-ID": "<0f3c@example.org>",
        "Auto-Submitted": "auto-generated",
        "Date": "Mon, 04 May 2026 12:00:00 +0000",
    }
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().strip() == MESSAGE.html


def test_every_attempt_carries_the_same_message_id(sink: Sink, channel: EmailChannel) -> None:
    channel.send(MESSAGE)
    channel.send(MESSAGE)

    assert [str(mail["Message-ID"]) for mail in sink.mails] == ["<0f3c@example.org>"] * 2


def test_one_connection_carries_many_mails(sink: Sink, channel: EmailChannel) -> None:
    for n in range(3):
        channel.send(with_(key=f"k{n}"))

    assert (len(sink.mails), sink.connection_count) == (3, 1)


def test_signs_outside_ascii_survive_a_server_that_takes_seven_bits(channel: EmailChannel) -> None:
    mail = channel.write_mail(
        with_(subject="Tape “Manis” – Rp5.000", text="Ibu Zoë – siap? \N{HOT BEVERAGE}\n" + "x" * 1_200, to_name="Zoë")
    )

    raw = mail.as_bytes()
    assert max(raw) < 128
    assert max(len(line) for line in raw.splitlines()) < 998


@pytest.mark.parametrize("field", ["subject", "to_name", "key"])
@pytest.mark.parametrize(
    "poison", ["\r\nBcc: semua@example.com", "\nBcc: semua@example.com", "\r\n\r\nisi lain", "\x00\x0b\x0c\N{LINE SEPARATOR}Bcc: x@y"]
)
def test_no_name_begins_a_header_of_its_own(sink: Sink, channel: EmailChannel, field: str, poison: str) -> None:
    channel.send(with_(**{field: f"Bu Siti{poison}"}))

    [mail] = sink.mails
    assert mail["Bcc"] is None
    assert sink.recipients == ["siti@example.com"]
    assert set(mail.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}


@pytest.mark.parametrize("address", ["", "siti", "siti@", "@example.com", "siti@exämple.com"])
def test_what_is_no_address_is_refused_for_good_before_any_call(sink: Sink, channel: EmailChannel, address: str) -> None:
    assert refused(channel, with_(to_address=address)) == (True, False, False)
    assert (sink.connection_count, sink.mails) == (0, [])


@pytest.mark.parametrize("address", ["satu@example.com, dua@example.com", "satu@example.com>\r\nRCPT TO:<dua@example.com"])
def test_two_addresses_in_one_never_become_two_recipients(sink: Sink, channel: EmailChannel, address: str) -> None:
    channel.send(with_(to_address=address))

    assert sink.recipients == ["satu@example.com"]


def test_an_attachment_travels_along(sink: Sink, channel: EmailChannel) -> None:
    channel.send(with_(attachments=(Attachment("giliran.ics", "text/calendar", b"BEGIN:VCALENDAR"),)))

    [attachment] = list(sink.mails[0].iter_attachments())
    assert (attachment.get_filename(), attachment.get_content_type()) == ("giliran.ics", "text/calendar")


def test_an_attachment_keeps_the_parameters_of_its_type(sink: Sink, channel: EmailChannel) -> None:
    channel.send(with_(attachments=(Attachment("giliran.ics", "text/calendar; method=PUBLISH; charset=utf-8", "Suwar–suwir".encode()),)))

    [attachment] = list(sink.mails[0].iter_attachments())
    assert (attachment.get_param("method"), attachment.get_content_charset()) == ("PUBLISH", "utf-8")
    assert attachment.get_content() == "Suwar–suwir"


LONG_URL = "https://giliran.pasar-virtual-jember.example.org/g/" + "aB_-1" * 9 + "/kabar/berhenti"


def raw_header(channel: EmailChannel, name: str, **changes: object) -> list[str]:
    """The lines of a header as they leave, unfolded by nobody."""
    lines = channel.write_mail(with_(**changes)).as_bytes(policy=_POLICY).decode().split("\r\n\r\n")[0].split("\r\n")
    return [line for line in lines if line.lower().startswith(name.lower() + ":")]


def test_one_press_in_the_mail_program_ends_all_mails(channel: EmailChannel) -> None:
    ways = raw_header(channel, "List-Unsubscribe", unsubscribe_url=LONG_URL)

    assert ways == [f"List-Unsubscribe: <{LONG_URL}>, <mailto:pasar@example.org?subject=Berhenti%20dikirimi%20kabar>"]
    assert raw_header(channel, "List-Unsubscribe-Post", unsubscribe_url=LONG_URL) == ["List-Unsubscribe-Post: List-Unsubscribe=One-Click"]


def test_that_header_survives_the_way_to_the_server(sink: Sink, channel: EmailChannel) -> None:
    channel.send(with_(unsubscribe_url=LONG_URL, topic="turn-5-7"))

    [mail] = sink.mails
    assert str(mail["List-Unsubscribe"]).startswith(f"<{LONG_URL}>, <mailto:")
    assert (mail["References"], mail["In-Reply-To"]) == ("<turn-5-7.giliran@example.org>", "<turn-5-7.giliran@example.org>")


def test_without_https_no_program_is_told_to_press_by_itself(channel: EmailChannel) -> None:
    url = "http://localhost:8000/g/abc/kabar/berhenti"

    assert raw_header(channel, "List-Unsubscribe", unsubscribe_url=url)[0].startswith(f"List-Unsubscribe: <{url}>")
    assert raw_header(channel, "List-Unsubscribe-Post", unsubscribe_url=url) == []


@pytest.mark.parametrize("sender", ["noreply@example.org", "Pasar <No-Reply@example.org>", "giliran@localhost"])
def test_a_mailbox_that_nobody_reads_is_no_way_out(sender: str) -> None:
    channel = EmailChannel("smtp://127.0.0.1", sender, clock=lambda: NOW)

    assert raw_header(channel, "List-Unsubscribe", unsubscribe_url=LONG_URL) == [f"List-Unsubscribe: <{LONG_URL}>"]


@pytest.mark.parametrize("url", ["", "javascript:x", "https://x/>, <mailto:y@example.com", "https://x/é"])
def test_what_is_no_address_of_ours_makes_no_header(channel: EmailChannel, url: str) -> None:
    assert raw_header(channel, "List-Unsubscribe", unsubscribe_url=url) == []


@pytest.mark.parametrize("field", ["topic", "unsubscribe_url"])
@pytest.mark.parametrize("poison", ["\r\nBcc: semua@example.com", "\n\nisi lain", "x> <y@z", "\x00é"])
def test_neither_topic_nor_way_out_begins_a_header_of_its_own(sink: Sink, channel: EmailChannel, field: str, poison: str) -> None:
    channel.send(with_(**{field: f"https://example.org/x{poison}"}))

    [mail] = sink.mails
    assert (mail["Bcc"], sink.recipients) == (None, ["siti@example.com"])
    assert "isi lain" not in (mail.get_body(("plain",)) or mail).get_content()


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"recipient_answers": ["451 4.7.1 Greylisted"]}, (False, False, False)),
        ({"recipient_answers": ["550 5.1.1 No such user"]}, (True, False, False)),
        ({"data_answers": ["452 4.3.1 Insufficient storage"]}, (False, False, False)),
        ({"data_answers": ["554 5.7.1 Rejected"]}, (True, False, False)),
        ({"sender_answers": ["550 5.7.1 Not your address"]}, (False, False, True)),
        ({"sender_answers": ["421 4.3.2 Closing down"]}, (False, False, True)),
    ],
)
def test_every_refusal_is_told_for_what_it_is_and_the_next_mail_goes(
    sink: Sink, channel: EmailChannel, answers: dict[str, list[str]], expected: tuple[bool, bool, bool]
) -> None:
    for name, said in answers.items():
        getattr(sink, name).extend(said)

    assert refused(channel) == expected
    assert sink.mails == []
    channel.send(MESSAGE)
    assert len(sink.mails) == 1


def test_the_servers_own_words_are_kept(sink: Sink, channel: EmailChannel) -> None:
    sink.recipient_answers.append("451 4.7.1 Greylisted, try again")

    with pytest.raises(DeliveryError, match=r"server e-mail menjawab 451 4\.7\.1 Greylisted, try again"):
        channel.send(MESSAGE)


def test_a_connection_cut_after_the_text_is_ambiguous(sink: Sink, channel: EmailChannel) -> None:
    sink.cuts_after_data = True

    assert refused(channel) == (False, True, False)
    assert len(sink.mails) == 1

    sink.cuts_after_data = False
    channel.send(MESSAGE)
    assert len(sink.mails) == 2


def test_a_server_that_thinks_too_long_is_ambiguous_and_hung_up_on(sink: Sink) -> None:
    channel = channel_to(sink, timeout=1)
    sink.stall_seconds = 5
    began = time.monotonic()

    assert refused(channel) == (False, True, False)
    assert time.monotonic() - began < 3


def test_slow_answers_do_not_add_up_beyond_the_time_limit() -> None:
    """Each line comes well within a limit for lines; together they would take over two seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dribble() -> None:
            try:
                connection, _address = server.accept()
                with connection:
                    for line in (b"220 slow\r\n", b"250 slow\r\n", b"250 OK\r\n", b"250 OK\r\n", b"354 go\r\n", b"250 OK\r\n"):
                        connection.sendall(line)
                        connection.recv(4096)
                        time.sleep(0.4)
            except OSError:
                pass

        thread = threading.Thread(target=dribble, daemon=True)
        thread.start()
        channel = EmailChannel(f"smtp://127.0.0.1:{server.getsockname()[1]}", "pasar@example.org", timeout=1)
        began = time.monotonic()

        with pytest.raises(DeliveryError):
            channel.send(MESSAGE)

        assert time.monotonic() - began < 1.9
        thread.join(5)


def test_nobody_at_the_door_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    channel = EmailChannel(f"smtp://127.0.0.1:{port}", "pasar@example.org")

    assert refused(channel) == (False, False, True)


def test_a_kept_connection_that_the_server_closed_is_opened_again(sink: Sink, channel: EmailChannel) -> None:
    channel.send(MESSAGE)
    assert channel._connection is not None
    assert channel._connection.sock is not None
    channel._connection.sock.shutdown(socket.SHUT_RDWR)

    channel.send(MESSAGE)

    assert (len(sink.mails), sink.connection_count) == (2, 2)


def test_two_threads_share_the_channel_without_mixing_mails(sink: Sink, channel: EmailChannel) -> None:
    threads = [
        threading.Thread(target=channel.send, args=(with_(key=f"k{n}", subject=f"surat {n}", to_address=f"a{n}@example.com"),))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert {str(mail["Subject"])[-1]: mail["To"].addresses[0].addr_spec[1] for mail in sink.mails} == {str(n): str(n) for n in range(6)}


def test_starttls_with_a_login_keeps_the_password_to_itself(tmp_path: Path) -> None:
    shown, trusted = self_made_certificate(tmp_path)
    with running_sink(tls=shown, asks_login=True) as sink:
        channel = channel_to(sink, scheme="smtp+starttls", login="pasar:rahasia%20%26%20panjang@", tls=trusted)

        channel.send(MESSAGE)
        channel.close()

        assert (sink.logins, len(sink.mails)) == ([b"pasar"], 1)


def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    shown, trusted = self_made_certificate(tmp_path)
    with running_sink(tls=shown, is_tls_from_start=True) as sink:
        channel = channel_to(sink, scheme="smtps", tls=trusted)

        channel.send(MESSAGE)
        channel.close()

        assert len(sink.mails) == 1


def test_tls_from_the_first_byte_with_a_login_over_one_kept_connection(tmp_path: Path) -> None:
    shown, trusted = self_made_certificate(tmp_path)
    with running_sink(tls=shown, is_tls_from_start=True, asks_login=True) as sink:
        channel = channel_to(sink, scheme="smtps", login="pasar:rahasia%20%26%20panjang@", tls=trusted)

        channel.send(MESSAGE)
        channel.send(with_(key="k2"))
        channel.close()

        assert (sink.logins, len(sink.mails), sink.connection_count) == ([b"pasar"], 2, 1)


def test_a_server_that_offers_no_tls_gets_neither_password_nor_mail() -> None:
    with running_sink() as sink:
        assert refused(channel_to(sink, scheme="smtp+starttls", login="pasar:rahasia@")) == (False, False, True)
        assert (sink.logins, sink.mails) == ([], [])


def test_a_certificate_for_another_name_stops_the_mail(tmp_path: Path) -> None:
    shown, trusted = self_made_certificate(tmp_path)
    with running_sink(tls=shown) as sink:
        channel = EmailChannel(f"smtp+starttls://localhost:{sink.port}", "pasar@example.org", tls=trusted)  # it says 127.0.0.1

        assert refused(channel) == (False, False, True)
        assert sink.mails == []


def test_a_certificate_that_nobody_vouches_for_stops_the_mail(tmp_path: Path) -> None:
    shown, _trusted = self_made_certificate(tmp_path)
    with running_sink(tls=shown) as sink:
        assert refused(channel_to(sink, scheme="smtp+starttls")) == (False, False, True)
        assert sink.mails == []


def test_a_wrong_password_is_the_settings_fault_and_the_message_waits(tmp_path: Path) -> None:
    shown, trusted = self_made_certificate(tmp_path)
    with running_sink(tls=shown, asks_login=True) as sink:
        channel = channel_to(sink, scheme="smtp+starttls", login="pasar:salah@", tls=trusted)

        assert refused(channel) == (False, False, True)
        assert sink.mails == []


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("", False),
        ("smtp://127.0.0.1:1025", True),
        ("smtp://localhost", True),
        ("smtp://[::1]:25", True),
        ("smtps://a:b@mail.example.org:465", False),
        ("smtp://127.0.0.1.example.org:25", False),
    ],
)
def test_a_mail_server_is_local_only_on_this_machine(url: str, is_local: bool) -> None:
    assert is_local_mail(url) is is_local


@pytest.mark.parametrize(
    ("address", "is_good"),
    [("Giliran <giliran@example.org>", True), ("giliran@localhost", True), ("Giliran", False), ("a@", False), ("", False)],
)
def test_a_sender_has_an_address(address: str, is_good: bool) -> None:
    assert is_sender(address) is is_good
