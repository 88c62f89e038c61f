"""What a person would call a browser."""

import pytest

from bazaar.accounts.device_names import device_name


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 13; K) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
            "Chrome di Android",
        ),
        (
            "Mozilla/5.0 (Linux; Android 12; SM-A135F) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
            "Samsung Internet di Android",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Mobile Safari/604.1", "Safari di iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge di Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox di Linux"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Peramban"),
    ],
)
def test_browser_and_system_are_named(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


def test_a_long_unknown_name_is_cut() -> None:
    assert device_name("x" * 300) == "x" * 40
