"""Whatever stands in a problem file, the planner answers it or refuses it in one sentence with the place; nothing else ever happens."""

import json
import subprocess
import sys
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.rotation.__main__ import main
from bazaar.rotation.checked import read_plan
from bazaar.rotation.problem import ProblemError, read_problem, write_problem
from bazaar.rotation.score import score_plan
from bazaar.rotation.solve import solve

ROOT = Path(__file__).resolve().parents[2]
NAN, INFINITY = float("nan"), float("inf")


def document() -> dict[str, Any]:
    """A small problem with something in every field."""
    return {
        "name": "x",
        "seed": 1,
        "days": 3,
        "rules": {"one_per": "day", "gap": 1, "want_gap": 2, "adjacent": "soft", "decay_pct": [60, 30]},
        "slots": [slot(f"s{day}{place}", day=day, pos=place) for day in range(3) for place in range(2)],
        "vendors": [vendor(f"v{number}", cat="ab"[number % 2]) for number in range(3)],
        "published": {"s00": "v0", "s01": None, "s10": "gone"},
        "now": 1,
    }


def slot(slot_id: str, *, day: int, pos: int) -> dict[str, Any]:
    """Half an hour in the evening."""
    times = {"start": 1200 + 30 * pos, "len": 30, "weight": 10 + pos}
    return {"id": slot_id, "day": day, "session": f"e{day}", "pos": pos, **times, "langs": ["id"], "pin": None}


def vendor(vendor_id: str, *, cat: str) -> dict[str, Any]:
    """Away on one day, with a wish and a past."""
    limits = {"off": [2], "from": 0, "to": 2000, "lang": "id", "min": 0, "max": 5, "gap": 1}
    return {"id": vendor_id, "cat": cat, **limits, "wish": {"days": [0], "from": None, "to": 1300}, "past": [None, 10]}


def places(value: Any, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document, as the keys that lead there."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in members for place in [(*before, key), *places(inner, (*before, key))]]


PLACES = places(document())
NUMBERS = [None, True, False, -1, 0, 1, 2, 7, 999, 10_000, 10**6, 10**8, 10**30, 1.0, 1.5, NAN, INFINITY]
TEXTS = ["", "3", "abc", "v1", "s01", "\ud800"]
STRANGE = st.sampled_from([*NUMBERS, *TEXTS, [], [1], ["a"], [[1]], [NAN], [None], {}, {"s00": ["v0"]}, {"": None}])


def put(inner: Any, place: tuple[str | int, ...], value: Any) -> None:
    """Something else in one place."""
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value


def changed(place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The document with something else in one place."""
    whole = deepcopy(document())
    put(whole, place, value)
    return whole


def assert_is_one_sentence(words: str) -> None:
    """For a person, of one line, without the language this is written in."""
    assert "\n" not in words
    assert words.endswith(".")
    assert not any(each in words for each in ("NoneType", "object has no", "object is not", "Traceback", "unhashable", "invalid literal"))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), STRANGE), min_size=1, max_size=2), st.booleans())
def test_any_document_is_solved_or_refused_in_one_sentence(changes: list[tuple[tuple[str | int, ...], Any]], is_published: bool) -> None:
    whole = document()
    for place, value in changes:
        with suppress(KeyError, IndexError, TypeError):  # the change before may have taken the place away
            put(whole, place, value)
    if not is_published:
        whole.pop("published")

    try:
        problem = read_problem(whole)
    except ProblemError as error:
        assert_is_one_sentence(str(error))
        return

    result = solve(problem)
    assert score_plan(problem, result.plan) == result.score
    assert read_problem(json.loads(json.dumps(write_problem(problem)))) == problem


@pytest.mark.parametrize("place", [place for place in PLACES if place not in {("now",), ("name",), ("seed",)} and place[0] != "published"])
@pytest.mark.parametrize("value", [NAN, 1.0, True, -1, [[1]]])
def test_what_is_of_a_wrong_kind_is_refused_with_its_exact_place(place: tuple[str | int, ...], value: Any) -> None:
    said = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).removeprefix(".")

    with pytest.raises(ProblemError) as caught:
        read_problem(changed(place, value))

    assert str(caught.value).startswith(said)
    assert_is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("slots", 3, "start"), "3", 'slots[3].start: write a whole number from 0 to 1,000,000 here instead of "3".'),
        (("vendors", 0, "off"), "12", 'vendors[0].off: write a list of whole numbers, in square brackets, here instead of "12".'),
        (("slots", 0, "langs"), "id", 'slots[0].langs: write a list of language codes, in square brackets, here instead of "id".'),
        (("vendors", 0, "id"), 7, "vendors[0].id: write an id of 1 to 200 characters, in quotation marks, here instead of 7."),
        (("rules", "one_per"), "week", 'rules.one_per: write "day" here instead of "week".'),
        (("slots", 1, "pos"), 0, 'slots[1].pos: slots[0] has this place in session "e0" too; give one another.'),
        (("vendors", 2, "id"), "v0", 'vendors[2].id: vendors[0] has the id "v0" too; give one of them another.'),
        (("published", "s00"), ["v0"], "published.s00: write an id of 1 to 200 characters, in quotation marks, here instead of a list."),
    ],
)
def test_a_refusal_says_where_and_what_to_do(place: tuple[str | int, ...], value: Any, words: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read_problem(changed(place, value))

    assert str(caught.value) == words


def test_points_whose_squares_would_leave_64_bits_are_refused() -> None:
    whole = document()
    for each in whole["slots"]:
        each["weight"] = 10**6

    with pytest.raises(ProblemError, match=r"lie .* apart.* write smaller weights"):
        read_problem(whole)


def test_keys_nobody_knows_are_ignored() -> None:
    whole = document()
    whole["comment"], whole["slots"][0]["colour"] = NAN, [[]]

    assert read_problem(whole) == read_problem(document())


def test_strangers_in_pins_and_in_what_was_published_are_for_the_score_to_count() -> None:
    problem = read_problem(changed(("slots", 2, "pin"), "gone"))

    assert solve(problem).score.hard == 1


@pytest.mark.parametrize("plan", [[], "x", {"s00": 1}, {"s00": ""}, {"plan": ["v0"]}, {"plan": {"s00": ["v0"]}}, {"": "v0"}])
def test_a_plan_is_read_as_strictly(plan: Any) -> None:
    with pytest.raises(ProblemError) as caught:
        read_plan(plan)

    assert_is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe{}", b"[" * 100_000, b'{"seed": 1' + b"0" * 5_000 + b"}", b'{"days": 1, "days": 2}', b"null", b"[]", b"NaN"],
    ids=["empty", "not UTF-8", "deep", "long number", "twice", "null", "list", "nan"],
)
def test_a_file_that_is_no_problem_gets_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)

    code = main(["solve", str(path)])

    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert_is_one_sentence(printed.err.removesuffix("\n"))


@pytest.mark.parametrize(
    "options",
    [["--effort", "0"], ["--effort", "1.5"], ["--seed", "x"], ["--seed", "9" * 19], ["--nonsense"], ["--extra-changes", "1"]],
)
def test_an_option_out_of_range_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(document()))

    code = main(["solve", str(path), *options])

    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert_is_one_sentence(printed.err.removesuffix("\n"))


@pytest.mark.parametrize(
    "arguments", [[], ["solve"], ["judge"], ["replan", "{}", "--extra-changes", "-1"], ["solve", "."], ["solve", "no such file"]]
)
def test_a_command_that_cannot_be_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code = main(arguments)

    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert_is_one_sentence(printed.err.removesuffix("\n"))


@pytest.mark.parametrize("verb", ["solve", "replan", "frontier", "diagnose"])
@pytest.mark.parametrize("emptied", [("vendors",), ("slots",), ("slots", "vendors")])
def test_a_problem_of_nothing_has_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str, emptied: tuple[str, ...]
) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps({**document(), **{name: [] for name in emptied}}))

    code = main([verb, str(path)])

    assert (code, bool(json.loads(capsys.readouterr().out))) == (0, True)


def test_a_plan_is_judged_and_explained_without_numpy(tmp_path: Path) -> None:
    (tmp_path / "problem.json").write_text(json.dumps(document()))
    (tmp_path / "plan.json").write_text(json.dumps({"s00": "v0"}))
    blocked = "import sys; sys.modules['numpy'] = sys.modules['scipy'] = None; from bazaar.rotation.__main__ import main; sys.exit(main())"
    for arguments in (["score"], ["explain"]):
        files = [str(tmp_path / "problem.json"), str(tmp_path / "plan.json")]

        done = subprocess.run(
            [sys.executable, "-c", blocked, *arguments, *files, *(["s00"] if arguments == ["explain"] else [])],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)
