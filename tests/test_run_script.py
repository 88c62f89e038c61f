"""./run on machines that lack something: one sentence that says what to do, exit code 1."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("sh", "dirname", "cat", "cksum", "rm", "mv", "mkdir")
pytestmark = pytest.mark.sqlite  # it has nothing to do with a database: once is enough


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout and a PATH with little more than a shell."""
    shutil.copy(ROOT / "run", tmp_path / "run")
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def pretend(machine: Path, name: str, body: str) -> None:
    """Put a program of that name on the machine's PATH."""
    program = machine / "bin" / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def run(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(machine / "run"), "--setup-only"], env={"PATH": str(machine / "bin")}, capture_output=True, text=True, timeout=30, check=False
    )


def test_without_python_it_says_which_one_to_install(machine: Path) -> None:
    refused = run(machine)

    assert refused.returncode == 1
    assert refused.stderr == ("Giliran needs Python 3.11 or newer; none was found on this machine. Install it and run this again.\n")


def test_a_python_that_is_too_old_counts_as_none(machine: Path) -> None:
    pretend(machine, "python3", "exit 1")  # what `sys.exit(sys.version_info < (3, 11))` gives on 3.9

    refused = run(machine)

    assert refused.returncode == 1
    assert "Python 3.11 or newer" in refused.stderr


def test_a_python_without_venv_says_which_package_brings_it(machine: Path) -> None:
    pretend(machine, "python3", 'case "$2" in *ensurepip*) exit 1;; esac; exit 0')

    refused = run(machine)

    assert refused.returncode == 1
    assert refused.stderr == ("This Python has no venv module; on Debian or Ubuntu: sudo apt install python3-venv, then run this again.\n")


def test_a_disk_that_takes_no_environment_is_said(machine: Path) -> None:
    pretend(machine, "python3", 'case "$2" in venv) exit 1;; esac; exit 0')

    refused = run(machine)

    assert refused.returncode == 1
    assert refused.stderr == "The virtual environment could not be made; is the disk full or the folder read-only?\n"


def test_packages_that_cannot_be_fetched_are_said(machine: Path) -> None:
    environment = machine / ".venv" / "bin"
    environment.mkdir(parents=True)
    python = environment / "python"
    python.write_text('#!/bin/sh\ncase "$2" in pip) exit 1;; esac; exit 0\n')
    python.chmod(0o755)

    refused = run(machine)

    assert refused.returncode == 1
    assert refused.stderr.endswith(
        "The packages could not be installed; see the lines above. Is this machine connected to its package index?\n"
    )
