"""Where a push may go: to push services, never into our own network."""

import pytest

from bazaar.reminders.channels.push_endpoint import BadEndpoint, refuse_bad_endpoint

GOOD = "https://fcm.googleapis.com/fcm/send/abc:DEF_1-2?x=1"


def fault(text: str, **options: bool) -> str:
    """Why nothing may be sent there; nothing of a good one."""
    try:
        refuse_bad_endpoint(text, **options)
    except BadEndpoint as error:
        return str(error)
    return ""


@pytest.mark.parametrize("text", [GOOD, GOOD.replace(".com/", ".com:443/"), "https://8.8.8.8/x", "https://push.example.net"])
def test_an_endpoint_of_a_push_service_is_good(text: str) -> None:
    assert fault(text) == ""


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
        "https://[64:ff9b::a00:1]/x",
        "https://[2002:a00:1::]/x",
        "https://[x/x",
        "https://host:port/x",
        "https://fcm.googleapis.com/" + "x" * 1000,
    ],
)
def test_whatever_no_push_service_is_called_is_refused(text: str) -> None:
    assert fault(text)


@pytest.mark.parametrize("text", ["http://127.0.0.1:8000/x", "http://localhost:8000/x", "https://localhost:8443/x"])
def test_this_machine_counts_only_where_it_is_allowed(text: str) -> None:
    assert fault(text, allows_loopback=True) == ""
    assert fault(text)
