"""Letters about accounts: the link stands alone on its line, both languages, nothing secret in the subject."""

from bazaar.accounts.letters import invitation_letter, password_changed_letter, reset_letter, totp_ended_letter
from bazaar.states import Role

TOKEN = "t" * 43
ADDRESS = f"https://giliran.example.org/sandi-baru/{TOKEN}"


def test_a_reset_letter_carries_its_link_on_a_line_of_its_own() -> None:
    letter = reset_letter("Rani", "rani@contoh.id", TOKEN, ADDRESS, 30)

    assert ADDRESS in letter.text.splitlines()
    assert "30 menit" in letter.text
    assert "30 minutes" in letter.text
    assert TOKEN not in letter.subject + letter.key


def test_an_invitation_says_who_invites_whom_as_what() -> None:
    letter = invitation_letter("tamu@contoh.id", TOKEN, ADDRESS, bazaar_name="Pasar Virtual Jember", role=Role.HOST, inviter="Rani")

    assert letter.to_address == "tamu@contoh.id"
    assert letter.subject == "Undangan: pembawa acara Pasar Virtual Jember"
    assert "Rani mengundang Anda menjadi pembawa acara di Pasar Virtual Jember." in letter.text
    assert ADDRESS in letter.text.splitlines()


def test_news_after_the_fact_says_what_to_do_if_it_was_not_you() -> None:
    for letter in (password_changed_letter("Rani", "rani@contoh.id", "k1"), totp_ended_letter("Rani", "rani@contoh.id", "k2")):
        assert letter.text.startswith("Halo Rani,")
        assert "Kalau itu bukan Anda" in letter.text
        assert "If that was not you" in letter.text
