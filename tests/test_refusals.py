"""Every refusal of the rules is worded, in both languages, with values it really gets."""

import ast
import string
from collections import Counter
from pathlib import Path

import pytest

from bazaar.refusals import Refusal
from bazaar.settings import ROOT
from bazaar.web.errors import SENTENCES, word_refusal


def refusals_in(path: Path) -> list[tuple[str, set[str]]]:
    """Each `Refusal("code", name=...)` in a file: its code and the names of its values."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return [
        (call.args[0].value, {keyword.arg or "**" for keyword in call.keywords})
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Refusal" and call.args and isinstance(call.args[0], ast.Constant)
    ]


RAISED = sorted(
    {(code, tuple(sorted(names))) for path in (ROOT / "bazaar").rglob("*.py") for code, names in refusals_in(path)},
)


def test_a_refusal_prints_its_code_and_values() -> None:
    assert str(Refusal("turn_over", slot_id=3)) == "turn_over(slot_id=3)"


@pytest.mark.parametrize(("code", "names"), RAISED, ids=[f"{code}-{'-'.join(names)}" for code, names in RAISED])
def test_each_refusal_has_a_sentence_that_uses_only_what_it_is_given(code: str, names: tuple[str, ...]) -> None:
    sentence = SENTENCES[code]

    for text in (sentence.id, sentence.en):
        used = {name.split(".")[0] for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}
        assert "**" in names or used <= set(names), f"{text!r} wants {used}"
    assert 400 <= sentence.status < 600


def test_no_refusal_is_worded_twice() -> None:
    worded = Counter(
        key.value
        for path in (ROOT / "bazaar" / "web" / "words").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and key.value in SENTENCES
    )

    assert [code for code, count in worded.items() if count > 1] == []


def test_a_refusal_is_worded_in_the_readers_language() -> None:
    assert word_refusal(Refusal("not_found"), "id") == (404, "Halaman ini tidak ada. Periksa lagi alamatnya.")
    assert word_refusal(Refusal("not_found"), "en")[1].startswith("This page does not exist")
