"""Every code that bazaar/editions refuses with, or names as a problem, has its sentence in both languages with its values."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bazaar.editions.importing import columns
from bazaar.editions.importing.columns import Problem
from bazaar.web.errors import SENTENCES
from bazaar.web.words.import_problems import PROBLEMS, word_problem

EDITIONS = Path(columns.__file__).parents[1]
IN_CODE = {"phone_not_a_number", "phone_wrong_length", "phone_landline"}  # made from PhoneError's reasons


def calls(name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """(code, names of its values) of every call `name("code", ...)` below bazaar/editions."""
    for path in EDITIONS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value, frozenset(keyword.arg or "" for keyword in node.keywords)


@pytest.mark.parametrize(("code", "values"), sorted(set(calls("Refusal")), key=str))
def test_a_refusal_is_worded_with_the_values_it_carries(code: str, values: frozenset[str]) -> None:
    texts = [SENTENCES[code].text(language, dict.fromkeys(values, "Rp1")) for language in ("id", "en")]

    assert all(text.endswith((".", "?")) for text in texts)


@pytest.mark.parametrize(("code", "values"), sorted(set(calls("CellError")), key=str))
def test_a_problem_of_a_cell_is_worded_with_the_values_it_carries(code: str, values: frozenset[str]) -> None:
    texts = [word_problem(Problem(2, "x", code, dict.fromkeys(values, "x")), language) for language in ("id", "en")]

    assert all(text.endswith(".") for text in texts)


def test_the_words_of_problems_hold_no_sentence_that_nothing_says() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in EDITIONS.joinpath("importing").glob("*.py"))

    assert [code for code in PROBLEMS if f'"{code}"' not in source and code not in IN_CODE] == []
