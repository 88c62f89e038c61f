"""Settings from the environment: good ones are read, a bad one ends the start with one sentence that names it."""

import stat
import threading
from pathlib import Path

import pytest

from bazaar.outside import real_outside
from bazaar.settings import VARIABLES, Settings, SettingsError, read_settings

SECRET = "only-for-tests-0123456789-abcdefghijkl"


def read(tmp_path: Path, **variables: str) -> Settings:
    return read_settings({"INSTANCE_DIR": str(tmp_path / "instance"), **variables})


def test_nothing_needs_to_be_set_on_ones_own_machine(tmp_path: Path) -> None:
    settings = read(tmp_path)

    assert (settings.environment, settings.host, settings.port, settings.proxy_hops) == ("development", "127.0.0.1", 8000, 0)
    assert settings.public_url == "http://localhost:8000"
    assert settings.database_url == f"sqlite:///{tmp_path}/instance/giliran.sqlite3"
    assert (settings.is_production, settings.is_https, settings.public_host) == (False, False, "localhost")


def test_production_is_read_as_written_and_makes_no_folder(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        GILIRAN_ENV="production",
        SECRET_KEY=SECRET,
        PUBLIC_URL="https://giliran.example.org/",
        DATABASE_URL="postgres://u:p@h/giliran",
    )

    assert (settings.is_production, settings.is_https, settings.public_host) == (True, True, "giliran.example.org")
    assert (settings.public_url, settings.secret_key) == ("https://giliran.example.org", SECRET)
    assert settings.database_url == "postgresql://u:p@h/giliran"
    assert not (tmp_path / "instance").exists()


BAD = {
    "GILIRAN_ENV": ["prod", "Production"],
    "SECRET_KEY": ["short", "a" * 64, "changeme"],
    "DATABASE_URL": [
        "giliran.sqlite3",
        "mysql://h/d",
        "postgresql+asyncpg://h/d",
        "postgresql://h:port/d",
        "sqlite://",
        "sqlite:///:memory:",
        "://",
    ],
    "PUBLIC_URL": [
        "giliran.example.org",
        "ftp://giliran.example.org",
        "https://giliran.example.org/path",
        "https://giliran.example.org?x=1",
        "https://giliran.example.org#x",
        "https://user:password@giliran.example.org",
        "https://giliran.example.org:99999",
        "https://[giliran",
        "https://",
        "https://giliran example.org",
    ],
    "INSTANCE_DIR": ["/dev/null/instance"],
    "HOST": ["127.0.0.1:8000", "http://localhost", "my host", "-"],
    "PORT": ["0", "65536", "eighty", "-1", "8000.0", "²", "9" * 5000],
    "SMTP_URL": ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://mail:port", "smtp://mail:0", "smtp://[mail"],
    "MAIL_FROM": ["Giliran", "a@b\nBcc: c@d"],
    "PROXY_HOPS": ["6", "-1", "yes"],
    "LOG_LEVEL": ["info", "VERBOSE"],
    "METRICS_TOKEN": ["secret", "x" * 19],
    "BACKUP_DIR": ["/dev/null"],
    "BACKUP_KEEP": ["-1", "many", "4000"],
}


def test_every_variable_has_bad_values_here() -> None:
    assert set(BAD) == set(VARIABLES)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values], ids=lambda text: text[:40])
def test_a_bad_value_is_answered_with_one_sentence_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        real_outside(read(tmp_path, **{"SMTP_URL": "smtp://localhost", name: value}))

    sentence = str(refused.value)
    assert name in sentence
    assert len(sentence.splitlines()) == 1
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("missing", ["SECRET_KEY", "PUBLIC_URL"])
def test_production_has_no_default_for_what_strangers_could_guess(tmp_path: Path, missing: str) -> None:
    given = {"SECRET_KEY": SECRET, "PUBLIC_URL": "https://giliran.example.org"}
    del given[missing]

    with pytest.raises(SettingsError, match=missing):
        read(tmp_path, GILIRAN_ENV="production", **given)


def test_a_machines_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)

    path = tmp_path / "instance" / "secret_key"
    assert first.secret_key == second.secret_key == path.read_text()
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    found: list[str] = []
    start = threading.Barrier(8)

    def begin() -> None:
        start.wait()
        found.append(read(tmp_path).secret_key)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_secret_file_that_was_cut_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "secret_key").write_text("kurang")

    with pytest.raises(SettingsError, match="too short"):
        read(tmp_path)


def test_secrets_are_not_printed_with_the_settings(tmp_path: Path) -> None:
    settings = read(tmp_path, SECRET_KEY=SECRET, DATABASE_URL="postgresql://u:rahasia-db@h/d", SMTP_URL="smtp://u:rahasia-mail@h")

    assert not any(secret in repr(settings) for secret in (SECRET, "rahasia-db", "rahasia-mail"))


@pytest.mark.parametrize(
    ("host", "address"), [("0.0.0.0", "http://localhost:8000"), ("::1", "http://[::1]:8000"), ("box.lan", "http://box.lan:8000")]
)
def test_the_address_shown_fits_where_the_server_listens(tmp_path: Path, host: str, address: str) -> None:
    assert read(tmp_path, HOST=host).public_url == address
