"""The body of a push against the RFC's own example, and against a reader that was written apart."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bazaar.reminders.channels.push_body import LARGEST_BODY, LARGEST_TEXT, read_keys, seal_body
from tests.reminders.channels.doubles.push import Subscription, decode, encode, point_of

BROWSER_POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"


def key_of(number: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode(number)), ec.SECP256R1())


def test_the_example_of_rfc_8291_comes_out_byte_for_byte() -> None:
    body = seal_body(
        b"When I grow up, I want to be a watermelon",
        BROWSER_POINT,
        SECRET,
        own_key=key_of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        salt=decode("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert encode(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_browser_of_the_example_reads_it_by_the_doubles_own_code() -> None:
    browser = Subscription("/", key=key_of("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), secret=decode(SECRET))

    assert encode(point_of(browser.key)) == BROWSER_POINT
    assert browser.open(seal_body(b"Bu Sari, 20.00 WIB", BROWSER_POINT, SECRET)).decode() == "Bu Sari, 20.00 WIB"


def test_no_two_bodies_are_alike() -> None:
    assert seal_body(b"x", BROWSER_POINT, SECRET) != seal_body(b"x", BROWSER_POINT, SECRET)


def test_the_longest_text_fills_exactly_what_every_service_takes() -> None:
    assert len(seal_body(b"x" * LARGEST_TEXT, BROWSER_POINT, SECRET)) == LARGEST_BODY


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", SECRET),
        (BROWSER_POINT, ""),
        (BROWSER_POINT[:-4], SECRET),
        ("A" * 87, SECRET),
        ("é" * 87, SECRET),
        (BROWSER_POINT, SECRET + "AAAA"),
        (encode(b"\x04" + b"\x01" * 64), SECRET),
    ],
    ids=["no key", "no secret", "short key", "not a point", "no letters of base64", "long secret", "off the curve"],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (whatever base64 or the curve says)
        read_keys(p256dh, auth)
