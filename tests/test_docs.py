"""What the documents claim, held against the code: settings, commands, words, files, decisions."""

import importlib
import json
import re
import shlex
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import Context, Group
from flask import Flask

from bazaar.reminders.channels.signing import is_signed_webhook
from bazaar.reminders.channels.whatsapp_templates import TEMPLATES, full_name
from bazaar.rotation.__main__ import main
from bazaar.rotation.problem import read_problem
from bazaar.rotation.solve import solve
from bazaar.settings import VARIABLES
from bazaar.web.errors import SENTENCES
from tests.rotation.examples import load_example

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DOUBTERS = [ROOT / "README.md", ROOT / "docs/fairness.md", ROOT / "docs/fairness.id.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_stands_in_the_readme_and_no_other() -> None:
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))))

    assert named == set(VARIABLES)


def test_every_command_stands_in_the_readme(app: Flask) -> None:
    table = README.partition("## The command line")[2].partition("\n## ")[0]
    words = [re.findall(r"[a-z][a-z-]+", span) for span in re.findall(r"`([^`]+)`", table)]
    named = {(first, word) for first, *others in filter(None, words) for word in (first, *others)}
    ours = {name: command for name, command in app.cli.commands.items() if name not in {"db", "limiter", "run", "shell", "routes"}}
    wanted = {(name, verb) for name, command in ours.items() for verb in (command.commands if isinstance(command, Group) else [name])}

    assert wanted - named == set()


def test_every_command_that_the_readme_names_exists(app: Flask) -> None:
    table = README.partition("## The command line")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+) ([a-z\\|-]+)", table, re.MULTILINE)

    for group, verbs in rows:
        command = app.cli.commands[group]
        if isinstance(command, Group):
            assert set(verbs.replace("\\", "").split("|")) <= set(command.commands), f"{group} {verbs}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]

    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_file_that_the_map_names_exists() -> None:
    tree = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("```\n")[2].partition("```")[0]
    inside = tree.partition("\nbazaar/\n")[2]
    named = [name for line in tree.partition("\nbazaar/\n")[0].splitlines() for name in re.findall(r"^([\w./]+)  ", line)]
    named += [f"bazaar/{name}" for line in inside.splitlines() for name in re.findall(r"^  ([\w./]+)  ", line)]

    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_dependency_has_its_line_of_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    reasons = (ROOT / "docs/adr/0009-dependencies.md").read_text(encoding="utf-8").lower()
    names = [re.split(r"[<>=\[ ]", line)[0].lower() for line in project["dependencies"]]

    assert [name for name in names if name not in reasons] == []


def test_every_refusal_raised_has_its_sentence() -> None:
    raised: dict[str, str] = {}
    for path in (ROOT / "bazaar").rglob("*.py"):
        for code in re.findall(r"""Refusal\(\s*"([a-z_]+)\"""", path.read_text(encoding="utf-8")):
            raised[code] = path.relative_to(ROOT).as_posix()

    assert {code: where for code, where in raised.items() if code not in SENTENCES} == {}


def test_every_sentence_belongs_to_a_refusal() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bazaar").rglob("*.py") if "words" not in path.parts)

    assert [code for code in SENTENCES if f'"{code}"' not in source and not code.startswith("phone_")] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/adr").glob("*.md"))

    assert numbers == list(range(1, len(numbers) + 1))


def test_no_document_names_a_place_of_our_own() -> None:
    for path in [*DOCUMENTS, ROOT / "pyproject.toml", ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/work/|/tmp/w/|--index-url|--extra-index", text), path


@pytest.mark.parametrize(
    "path", sorted([*(ROOT / "benchmarks").glob("*.py"), ROOT / "docs/screenshots/take.py"]), ids=lambda path: path.stem
)
def test_every_script_beside_the_product_still_finds_what_it_imports(path: Path) -> None:
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")

    assert importlib.import_module(name).__doc__


def test_every_figure_names_a_command_that_exists() -> None:
    commands = re.findall(r"python -m (benchmarks\.[a-z_]+)", (ROOT / "docs/performance.md").read_text(encoding="utf-8"))

    assert len(commands) >= 3
    assert [name for name in commands if not (ROOT / (name.replace(".", "/") + ".py")).exists()] == []


def printed_commands(path: Path, module: str) -> list[list[str]]:
    """The arguments of every `.venv/bin/python -m MODULE ...` that a document prints; no Python but that of `./run --prepare` has it."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"(?<!\.venv/bin/)python3? -m .*", text) == []
    lines = re.findall(rf"\.venv/bin/python -m {re.escape(module)} ([^`\n]+)", text)
    return [shlex.split(line, comments=True) for line in lines if "COMMAND" not in line]


@pytest.mark.parametrize("document", DOUBTERS, ids=lambda path: path.name)
def test_whoever_prints_a_command_says_how_to_get_that_far(document: Path) -> None:
    assert "./run --prepare" in document.read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOUBTERS, ids=lambda path: path.name)
def test_every_printed_command_of_the_planner_runs_as_it_stands(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = load_example("S1")["problem"]
    monkeypatch.chdir(tmp_path)
    for name in ("undian-1-soal.json", "PROBLEM.json"):
        (tmp_path / name).write_text(json.dumps(problem))
    (tmp_path / "undian-1-hasil.json").write_text(json.dumps(solve(read_problem(problem)).as_dict()))

    commands = printed_commands(document, "bazaar.rotation")

    assert commands
    assert [command for command in commands if main(command) != 0] == []


@pytest.mark.parametrize("document", DOUBTERS, ids=lambda path: path.name)
def test_every_printed_command_of_the_server_is_understood(document: Path, app: Flask) -> None:
    for dash, name, verb, *rest in printed_commands(document, "flask"):
        assert (dash, name) == ("--app", "app")
        command = app.cli.commands[verb]
        if isinstance(command, Group):
            command, rest = command.commands[rest[0]], rest[1:]
        command.make_context(verb, rest, parent=Context(app.cli))


# --- Channels ------------------------------------------------------------------------------------------------------------


def test_every_template_stands_in_the_page_about_channels() -> None:
    page = (ROOT / "docs/channels.md").read_text(encoding="utf-8")

    for template in TEMPLATES:
        section = page.partition(f"**{template.name}, {template.language}**")[2].partition("\n\n**")[0]
        assert [f"`{full_name(template, life)}` ({life} s)" in section for life in template.lives] == [True] * len(template.lives)
        assert f"```\n{template.body}\n```" in section
        assert all(button in section.partition("\n")[0] for button in template.buttons)


def test_the_example_of_a_signed_message_is_signed_as_the_page_says() -> None:
    page = (ROOT / "docs/channels.md").read_text(encoding="utf-8")
    stamp, signature = (re.search(rf"webhook-{name}: (\S+)", page) for name in ("timestamp", "signature"))
    body = re.search(r'^\{"id".*\}$', page, re.MULTILINE)
    assert stamp
    assert signature
    assert body

    key = json.loads(body[0])["id"]
    at = datetime.fromtimestamp(int(stamp[1]), UTC)
    assert is_signed_webhook("kunci-tanda-tangan-gerbang", key, stamp[1], signature[1], body[0].encode(), now=at)


def test_the_addresses_that_the_page_about_channels_names_exist(app: Flask) -> None:
    page = (ROOT / "docs/channels.md").read_text(encoding="utf-8")
    rules = {re.sub(r"<[^>]+>", "", rule.rule) for rule in app.url_map.iter_rules()}
    named = {re.sub(r"<[^>]+>", "", path) for path in re.findall(r"https://<host>(/api/[^\s`\"]+)", page)}

    assert len(named) == 4
    assert named <= rules
