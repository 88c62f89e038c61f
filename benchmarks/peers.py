"""Where a benchmark's peers live: each in an environment of its own below `.peers/`, made from a hash-locked list at the first run."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def environment(family: str, requirements: str | None) -> Path | None:
    """The Python that can run a peer; None where its packages cannot be installed.

    They stand in `benchmarks/<family>/requirements-<requirements>.txt`; a peer without any runs on this very Python.
    """
    if requirements is None:
        return Path(sys.executable)
    folder = ROOT / ".peers" / requirements
    python = folder / "bin" / "python"
    wanted = ROOT / "benchmarks" / family / f"requirements-{requirements}.txt"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", "--require-hashes", "-r", str(wanted)]
        if subprocess.run(pip, check=False).returncode:
            return None
        (folder / "ready").touch()
    return python
