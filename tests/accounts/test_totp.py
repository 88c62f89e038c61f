"""The second factor: codes that are good once, and the recovery code on paper."""

from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from bazaar.accounts import totp
from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from models import Account
from tests import factories
from tests.conftest import START

KEY = factories.SECRET_KEY


@pytest.fixture
def account_id(app: Flask) -> int:
    return factories.make_account(totp_secret=totp.new_secret(KEY), totp_confirmed_at=START)


def code_of(account_id: int, at=START) -> str:
    with reading() as session:
        return pyotp.TOTP(totp.open_secret(session.get_one(Account, account_id).totp_secret, KEY)).at(at)


def spend(account_id: int, code: str, *, now=START) -> None:
    with transaction() as session:
        totp.spend_code(session, session.get_one(Account, account_id), code, KEY, now=now)


def test_a_code_is_good_once(account_id: int) -> None:
    code = code_of(account_id)

    spend(account_id, code)

    with pytest.raises(Refusal, match="code_wrong"):
        spend(account_id, code)


def test_an_earlier_code_is_worthless_after_a_later_one(account_id: int) -> None:
    earlier, later = code_of(account_id, START - timedelta(seconds=30)), code_of(account_id)
    spend(account_id, later)

    with pytest.raises(Refusal, match="code_wrong"):
        spend(account_id, earlier)


@pytest.mark.parametrize(("off_by", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(account_id: int, off_by: int, fits: bool) -> None:
    code = code_of(account_id, START + timedelta(seconds=off_by))

    if fits:
        spend(account_id, code)
    else:
        with pytest.raises(Refusal, match="code_wrong"):
            spend(account_id, code)


def test_spaces_inside_a_code_do_not_matter(account_id: int) -> None:
    code = code_of(account_id)

    spend(account_id, f" {code[:3]} {code[3:]} ")

    with pytest.raises(Refusal, match="code_wrong"):
        spend(account_id, code)  # it was this very code


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "٠١٢٣٤٥", "1234567"])
def test_what_is_no_code_is_refused(account_id: int, typed: str) -> None:
    with pytest.raises(Refusal, match="code_wrong"):
        spend(account_id, typed)


def test_without_a_secret_no_code_fits(app: Flask) -> None:
    account_id = factories.make_account()

    with pytest.raises(Refusal, match="code_wrong"):
        spend(account_id, "123456")


def test_the_secret_is_unreadable_without_the_servers_key() -> None:
    sealed = totp.new_secret(KEY)

    with pytest.raises(Refusal, match="totp_unreadable"):
        totp.open_secret(sealed, KEY + "x")


def test_the_app_gets_the_account_and_our_name() -> None:
    address = totp.app_address("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "rani@contoh.id")

    assert address == "otpauth://totp/Giliran:rani%40contoh.id?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Giliran"


def test_each_secret_has_a_recovery_code_of_its_own() -> None:
    one, other = totp.new_secret(KEY), totp.new_secret(KEY)

    codes = {totp.recovery_code(one, KEY), totp.recovery_code(other, KEY), totp.recovery_code(one, KEY + "x")}

    assert len(codes) == 3
    assert totp.recovery_code(one, KEY) in codes


def test_a_recovery_code_is_read_as_people_copy_it_from_paper() -> None:
    sealed = totp.new_secret(KEY)
    code = totp.recovery_code(sealed, KEY)
    misread = code.replace("O", "0").replace("I", "1")

    assert [totp.is_recovery_code(typed, sealed, KEY) for typed in (code, code.lower().replace("-", " "), misread)] == [True] * 3
    assert [totp.is_recovery_code(typed, sealed, KEY) for typed in ("", code[:-1], code + "A", "ÀBCD", "123456")] == [False] * 5
