"""Where a push may go: to push services, never into our own network."""

import socket
from typing import Any

import pytest

from bazaar.reminders.channels.push_endpoint import BadEndpoint, Endpoint, address_of, read_endpoint

GOOD = "https://fcm.googleapis.com/fcm/send/abc:DEF_1-2?x=1"


def test_an_endpoint_of_a_push_service_is_read() -> None:
    expected = Endpoint("https", "fcm.googleapis.com", 443, "fcm.googleapis.com", "/fcm/send/abc:DEF_1-2?x=1", is_loopback=False)

    assert read_endpoint(GOOD) == expected
    assert read_endpoint(GOOD.replace(".com/", ".com:443/")).port == 443


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://fcm.googleapis.com/x",
        "ftp://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user:word@fcm.googleapis.com/x",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com\\@127.0.0.1/x",
        "https://fcm.googleapis.com/x\r\nHost: y",
        "https://localhost/x",
        "https://db/x",
        "https://nas.local/x",
        "https://127.0.0.1/x",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[fd00::1]/x",
        "https://[x/x",
        "https://host:port/x",
        "https://fcm.googleapis.com/" + "x" * 1000,
    ],
)
def test_whatever_no_push_service_is_called_is_refused(text: str) -> None:
    with pytest.raises(BadEndpoint):
        read_endpoint(text)


@pytest.mark.parametrize("text", ["http://127.0.0.1:8000/x", "http://localhost:8000/x", "https://localhost:8443/x"])
def test_this_machine_counts_only_where_it_is_allowed(text: str) -> None:
    assert read_endpoint(text, allows_loopback=True).is_loopback
    with pytest.raises(BadEndpoint):
        read_endpoint(text)


@pytest.mark.parametrize(
    ("found", "is_good"),
    [
        (["142.250.4.95"], True),
        (["142.250.4.95", "2404:6800:4003::5f"], True),
        (["10.0.0.8"], False),
        (["142.250.4.95", "127.0.0.1"], False),
        (["fe80::1%eth0"], False),
        (["100.64.0.1"], False),
        (["224.0.0.1"], False),
    ],
)
def test_a_name_that_leads_into_a_private_network_is_refused(monkeypatch: pytest.MonkeyPatch, found: list[str], is_good: bool) -> None:
    def look_up(*_args: Any, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    if is_good:
        assert address_of(read_endpoint(GOOD)) == found[0]
    else:
        with pytest.raises(BadEndpoint):
            address_of(read_endpoint(GOOD))
