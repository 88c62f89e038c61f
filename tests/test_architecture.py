"""Who may import whom: the table of ARCHITECTURE.md, compared with every module."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"app", "bazaar", "models", "scheduler"}

LAYERS = (
    ("scheduler",),
    ("app",),
    ("bazaar.web",),
    ("bazaar.demo", "bazaar.backup"),
    ("bazaar.outside",),
    ("bazaar.editions", "bazaar.closings", "bazaar.live", "bazaar.exports"),
    ("bazaar.reminders", "bazaar.sales", "bazaar.vendors", "bazaar.accounts"),
    ("bazaar.turns", "bazaar.airtime", "bazaar.planner"),
    ("bazaar.database",),
    ("models",),
    ("bazaar.schema",),
    (
        *("bazaar.rotation", "bazaar.closings.recap", "bazaar.reminders.policy", "bazaar.reminders.retry"),
        *("bazaar.reminders.channels", "bazaar.reminders.placeholders"),
        *("bazaar.clock", "bazaar.localtime", "bazaar.money", "bazaar.phones", "bazaar.refusals", "bazaar.settings", "bazaar.states"),
        "bazaar.calendar_file",
        *("bazaar.leash", "bazaar.lines", "bazaar.slugs", "bazaar.tokens", "bazaar.web_address", "bazaar"),
    ),
)
"""From the top down; a module belongs to the longest name that fits, and may import its own line and those below."""

PURE = ("bazaar.rotation", "bazaar.reminders.policy", "bazaar.reminders.retry", "bazaar.closings.recap")
PURE += ("bazaar.states", "bazaar.money", "bazaar.lines", "bazaar.reminders.placeholders")
NEVER_IN_PURE = {"flask", "sqlalchemy", "threading", "subprocess", "socket", "os", "time"}
HEAVY = {"numpy": "bazaar.rotation", "scipy": "bazaar.rotation", "apscheduler": "scheduler"}
"""Packages that only one part of the tree may import."""


def modules() -> list[str]:
    files = [*(ROOT / "bazaar").rglob("*.py"), *(ROOT / f"{name}.py" for name in OURS - {"bazaar"})]
    return sorted(_name(path) for path in files if "migrations" not in path.parts)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


@cache
def _path(module: str) -> Path:
    path = ROOT / (module.replace(".", "/") + ".py")
    return path if path.exists() else ROOT / module.replace(".", "/") / "__init__.py"


@cache
def imports(module: str) -> frozenset[str]:
    """Every module that a module names, wherever in the file; `from package import module` counts as that module."""
    return frozenset(_imports(ast.parse(_path(module).read_text(encoding="utf-8"))))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            known = [f"{module}.{alias.name}" for alias in node.names if _path(f"{module}.{alias.name}").exists()]
            yield from known or [module]


def layer(module: str) -> int:
    fitting = [
        (len(prefix), number)
        for number, line in enumerate(LAYERS)
        for prefix in line
        if module == prefix or (module.startswith(f"{prefix}.") and prefix != "bazaar")
    ]
    assert fitting, f"{module} is not in the table of layers: add it here and in ARCHITECTURE.md"
    return max(fitting)[1]


def ours(module: str) -> list[str]:
    return sorted(name for name in imports(module) if name.split(".")[0] in OURS)


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_its_own_line_and_what_lies_below(module: str) -> None:
    above = [name for name in ours(module) if layer(name) < layer(module)]

    assert above == []


def test_nothing_imports_in_a_circle() -> None:
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module not in done:
            for name in ours(module):
                visit(name, (*path, module))
            done.add(module)

    for module in modules():
        visit(module, ())


def test_only_the_web_package_and_the_two_programs_know_flask() -> None:
    knowing = {module for module in modules() if any(name.split(".")[0] in {"flask", "werkzeug", "flask_wtf"} for name in imports(module))}

    assert {module for module in knowing if not module.startswith("bazaar.web")} == {"app", "bazaar.database", "scheduler"}


@pytest.mark.parametrize("module", [module for module in modules() if module.startswith(PURE) and not module.endswith(".__main__")])
def test_what_is_pure_asks_nobody(module: str) -> None:
    assert {name.split(".")[0] for name in imports(module)} & NEVER_IN_PURE == set()


@pytest.mark.parametrize(("package", "owner"), HEAVY.items())
def test_heavy_packages_stay_where_they_belong(package: str, owner: str) -> None:
    users = {module for module in modules() if any(name.split(".")[0] == package for name in imports(module))}

    assert users, f"nobody imports {package} any more: take it out of the requirements"
    assert all(user.startswith(owner) for user in users)


def test_the_schema_is_reached_through_models_alone() -> None:
    others = [module for module in modules() if module != "models" and not module.startswith("bazaar.schema")]

    assert [module for module in others if any(name.startswith("bazaar.schema") for name in imports(module))] == []


def test_the_root_package_imports_nothing() -> None:
    assert imports("bazaar") == frozenset()


def test_nobody_imports_the_programs_but_the_scheduler_the_factory() -> None:
    users = {module for module in modules() if {"app", "scheduler"} & imports(module)}

    assert users == {"scheduler"}
