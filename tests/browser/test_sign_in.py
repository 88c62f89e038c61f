"""From the printed link to signing in with a code from an app, as a person does it, on phone and desk, by day and night."""

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect

from bazaar.accounts.first_organizer import ensure_first_organizer_token
from tests.conftest import World

pytestmark = pytest.mark.browser

PASSWORD = "kopi hujan tembakau"


@pytest.fixture
def look_at(check_axe: Callable[[Page], None], check_width: Callable[[Page], None]) -> Callable[[Page], None]:
    """Every page on the way is read by axe and fits the screen."""

    def look(page: Page) -> None:
        check_axe(page)
        check_width(page)

    return look


@pytest.mark.parametrize(("screen", "color_scheme"), [("phone", "light"), ("desk", "dark")])
def test_the_first_organizer_sets_up_a_second_factor_and_signs_in_with_it(
    page: Page, world: World, look_at: Callable[[Page], None], tolerate: Callable[[str], None]
) -> None:
    tolerate("401")
    tolerate("422")
    page.goto(f"/mulai/{ensure_first_organizer_token(now=world.now)}")
    look_at(page)

    page.get_by_label("Nama", exact=True).fill("Rani Prameswari")
    page.get_by_label("E-mail").fill("rani@contoh.id")
    page.get_by_label("Kata sandi").fill("kopi")
    page.get_by_label("Nama bazar").fill("Pasar Virtual Jember")
    page.get_by_role("button", name="Mulai").click()
    expect(page.get_by_text("Kata sandi paling sedikit 10 huruf")).to_be_visible()
    look_at(page)

    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Mulai").click()
    expect(page).to_have_url(re.compile(r"^[^?]*/panitia$"))

    page.goto("/akun")
    expect(page.get_by_role("heading", name="Akun")).to_be_visible()
    look_at(page)

    page.locator("#totp_password").fill(PASSWORD)
    page.get_by_role("button", name="Pasang kode").click()
    expect(page.get_by_role("img", name="Gambar kode untuk aplikasi")).to_be_visible()
    assert page.locator(".a-qr").evaluate("image => image.complete && image.naturalWidth > 0"), "the policy blocked the picture"
    look_at(page)

    secret = page.locator(".a-secret").inner_text().replace(" ", "")
    page.get_by_label("Kode dari aplikasi").fill(pyotp.TOTP(secret).at(world.now))
    page.get_by_role("button", name="Aktifkan").click()
    expect(page.get_by_text("Kode masuk aktif.")).to_be_visible()
    expect(page.locator("section").filter(has_text="Kode masuk").get_by_text("Aktif", exact=True)).to_be_visible()
    look_at(page)

    page.get_by_role("button", name="Keluar", exact=True).click()
    expect(page.get_by_text("Anda sudah keluar.")).to_be_visible()
    look_at(page)

    page.get_by_label("E-mail").fill("rani@contoh.id")
    page.get_by_label("Kata sandi").fill("salah sekali")
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_text("Belum cocok.")).to_be_visible()
    look_at(page)

    world.wait(minutes=2)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("heading", name="Ketik kode dari aplikasi")).to_be_visible()
    look_at(page)

    page.get_by_label("Kode masuk").fill(pyotp.TOTP(secret).at(world.now))
    page.get_by_role("button", name="Masuk").click()
    expect(page).to_have_url(re.compile(r"^[^?]*/panitia$"))

    page.goto("/panitia/bazar/pasar-virtual-jember/anggota")
    page.get_by_label("E-mail").fill("tamu@contoh.id")
    page.get_by_role("button", name="Undang", exact=True).click()
    expect(page.get_by_text("Undangan dikirim ke tamu@contoh.id.")).to_be_visible()
    look_at(page)


def test_a_guest_joins_on_a_phone_without_script(
    open_page: Callable[..., Page], world: World, look_at: Callable[[Page], None], app
) -> None:
    from bazaar.accounts.invitations import invite
    from bazaar.states import Role
    from tests import factories

    bazaar_id = factories.make_bazaar(name="Pasar Virtual Jember")
    made = invite(bazaar_id, "tamu@contoh.id", Role.HOST, factories.SECRET_KEY, by=None, now=world.now)
    guest = open_page(javascript=False)

    guest.goto(f"/undangan/{made.token}")
    guest.get_by_label("Nama").fill("Tamu")
    guest.get_by_label("Kata sandi").fill(PASSWORD)
    guest.get_by_role("button", name="Bergabung").click()

    expect(guest).to_have_url(re.compile(r"^[^?]*/siaran$"))
