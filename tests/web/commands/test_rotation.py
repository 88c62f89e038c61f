"""`rotation ...`: one JSON document or plain lines on stdout, everything else on stderr."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from bazaar.database import reading, transaction
from bazaar.editions.build import store_draft
from bazaar.editions.jobs import cancel_job, job_page
from bazaar.editions.planning import run_job
from bazaar.editions.repairs import request_repair
from bazaar.planner import PlannerCrashedError, PlannerError, PlannerTooSlowError, Watch, watch_idly
from bazaar.rotation.__main__ import main
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.repairing.replan import replan
from bazaar.states import PlanningState
from bazaar.web.commands import waiting
from models import Availability, Edition, Rotation, Slot, Turn, Vendor
from tests import factories
from tests.planner import ask_here

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)


@pytest.fixture
def slug(app: Flask) -> str:
    """An edition with two vendors and two evenings of two slots."""
    edition_id = factories.make_edition()
    for day in (0, 4):
        factories.make_live_session(edition_id, starts_at=EVENING + timedelta(days=day), slot_count=2)
    factories.make_vendor(edition_id, business_name="Dapur Tape Kenanga")
    factories.make_vendor(edition_id, business_name="Batik Gumitir")
    with reading() as session:
        return session.get_one(Edition, edition_id).slug


def run(app: Flask, *arguments: str) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["rotation", *arguments])
    return result.exit_code, result.stdout, result.stderr


def document(app: Flask, *arguments: str) -> Any:
    code, out, _err = run(app, *arguments, "--json")
    assert code == 0
    return json.loads(out)


def test_building_names_the_draft_and_the_same_seed_gives_the_same_draft(app: Flask, slug: str) -> None:
    first = document(app, "build", "--edition", slug, "--seed", "5")
    second = document(app, "build", "--edition", slug, "--seed", "5")

    assert (first["number"], first["seed"], first["turn_count"], first["open_slot_count"]) == (1, 5, 4, 0)
    assert second["number"] == 2
    assert first["digest"] == second["digest"]


def test_building_tells_each_stage_on_stderr(app: Flask, slug: str) -> None:
    code, out, err = run(app, "build", "--edition", slug)

    assert (code, out.splitlines()[0]) == (0, "Draft 1: 4 turns, 0 open slots, seed 1.")
    assert err.splitlines() == ["Sharing out turns", "Evening out points", "Tidying the order"]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (PlannerTooSlowError(), "planner_too_slow", "longer than five minutes"),
        (PlannerError("exit code 1"), "planner_failed", "exit code 1"),
        (PlannerCrashedError("crashed (SIGSEGV)"), "planner_crashed", "The planner crashed, twice in a row."),
    ],
)
def test_a_planner_that_gives_no_answer_is_told_in_words(
    app: Flask, slug: str, error: PlannerError, code: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_asked: object, **_options: object) -> Any:
        raise error

    app.extensions["giliran.outside"] = replace(app.extensions["giliran.outside"], ask_planner=fail)

    exit_code, out, err = run(app, "build", "--edition", slug, "--json")

    assert (exit_code, json.loads(out)["error"]) == (1, code)
    assert words in err + caplog.text


def test_a_command_leaves_the_same_trace_as_the_desk(app: Flask, slug: str) -> None:
    document(app, "build", "--edition", slug, "--seed", "5")

    job = job_page(1, 1, now=EVENING)

    assert (job.state, job.kind, job.rotation_number, job.created_by) == (PlanningState.DONE, "build", 1, "")
    assert document(app, "problem", "--edition", slug, "--job", "1") == document(app, "problem", "--edition", slug, "--seed", "5")
    assert run(app, "problem", "--edition", slug, "--job", "7")[0] == 1


@pytest.mark.parametrize("verb", ["build", "repair"])
def test_a_command_is_refused_while_somebody_elses_job_runs_and_may_cancel_it(app: Flask, slug: str, verb: str) -> None:
    run(app, "build", "--edition", slug)
    run(app, "publish", "--edition", slug)
    request_repair(1, by=factories.make_account(name="Rani Prameswari"), now=app.extensions["giliran.outside"].clock())

    code, out, err = run(app, verb, "--edition", slug)
    cancelled = run(app, "cancel", "--edition", slug)
    idle = run(app, "cancel", "--edition", slug)

    assert (code, out) == (1, "")
    assert err.startswith("The planner is at work for this edition already: Rani Prameswari began at ")
    assert cancelled == (0, "Cancelled the repair that Rani Prameswari had started. Nothing was stored.\n", "")
    assert idle == (1, "", "The planner is not at work for this edition, so there is nothing to cancel.\n")


def test_a_command_whose_job_is_cancelled_meanwhile_says_so(app: Flask, slug: str) -> None:
    def cancelled_meanwhile(verb: str, problem: Problem, *options: str, watch: Watch = watch_idly) -> Any:
        cancel_job(1, 1, by=None, now=EVENING)
        return ask_here(verb, problem, *options)

    app.extensions["giliran.outside"] = replace(app.extensions["giliran.outside"], ask_planner=cancelled_meanwhile)

    assert run(app, "build", "--edition", slug) == (1, "", "Somebody cancelled it. Nothing was stored.\n")


def test_ctrl_c_at_the_last_moment_says_that_it_came_too_late(app: Flask, slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def done_then_interrupted(*arguments: Any, **options: Any) -> None:
        run_job(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(waiting, "run_job", done_then_interrupted)

    code, out, err = run(app, "build", "--edition", slug)

    assert (code, out.splitlines()[0]) == (0, "Draft 1: 4 turns, 0 open slots, seed 1.")
    assert err.splitlines()[-1] == "Too late to cancel: the planner was done already."


def test_publishing_takes_the_newest_draft(app: Flask, slug: str) -> None:
    for _ in range(2):
        run(app, "build", "--edition", slug)

    code, out, err = run(app, "publish", "--edition", slug)

    assert (code, err) == (0, "")
    assert out == "Rotation 2 is published.\nVendors: 2 new, 0 moved, 0 removed, 0 unchanged.\nMessages planned: 12.\n"


def test_publishing_without_a_draft_is_one_sentence(app: Flask, slug: str) -> None:
    code, out, err = run(app, "publish", "--edition", slug)

    assert (code, out) == (1, "")
    assert err == "There is no draft. Build one first (rotation build).\n"


def test_a_draft_that_breaks_a_rule_is_published_only_on_purpose(app: Flask, slug: str) -> None:
    with transaction() as session:
        slot, vendor = session.get_one(Slot, 1), session.scalars(select(Vendor).where(Vendor.business_name == "Batik Gumitir")).one()
        session.add(Availability(vendor_id=vendor.id, weekday=slot.starts_at.weekday()))
        slot.pinned_vendor_id = vendor.id
    run(app, "build", "--edition", slug)

    code, out, err = run(app, "publish", "--edition", slug, "--json")
    on_purpose = run(app, "publish", "--edition", slug, "--despite-broken-rules")

    assert (code, json.loads(out)["error"]) == (1, "draft_broken_in")
    assert err.startswith("Draft 1 breaks hard rules, so nothing was published: Batik Gumitir cannot come that day ")
    assert "(Tue 2026-05-05 20:00 WIB)" in err
    assert "--despite-broken-rules" in err
    assert (on_purpose[0], on_purpose[1].splitlines()[0]) == (0, "Rotation 1 is published.")


def test_an_edition_that_lies_behind_is_built_and_published_too(app: Flask, slug: str, world) -> None:
    world.now = EVENING + timedelta(days=400)

    built = document(app, "build", "--edition", slug)
    published = document(app, "publish", "--edition", slug)

    assert (built["turn_count"], built["open_slot_count"]) == (4, 0)
    assert published == {"number": 1, "new": 2, "moved": 0, "removed": 0, "unchanged": 0, "planned": 0}


def test_showing_lists_every_slot_of_what_is_published(app: Flask, slug: str) -> None:
    run(app, "build", "--edition", slug)
    run(app, "publish", "--edition", slug)
    run(app, "build", "--edition", slug)

    code, out, err = run(app, "show", "--edition", slug, "--json")
    turns = json.loads(out)["turns"]

    assert (code, err) == (0, "Rotation 1 (published)\n")
    assert list(json.loads(out)) == ["turns"]
    assert [list(turn) for turn in turns] == [["vendor", "starts_at", "ends_at", "live_session", "position", "points"]] * 4
    assert (turns[0]["starts_at"], turns[0]["ends_at"]) == ("2026-05-05T20:00:00+07:00", "2026-05-05T20:15:00+07:00")
    assert [(turn["position"], turn["points"]) for turn in turns] == [(1, 10), (2, 10), (1, 10), (2, 10)]
    assert sorted(turn["vendor"] for turn in turns) == ["Batik Gumitir"] * 2 + ["Dapur Tape Kenanga"] * 2


def test_showing_says_when_it_is_only_a_draft_and_leaves_open_slots_open(app: Flask) -> None:
    edition_id = factories.make_edition()
    slots = factories.slot_ids(factories.make_live_session(edition_id, slot_count=2))
    factories.make_rotation(edition_id, [(slots[1], factories.make_vendor(edition_id, business_name="Kopi Raung"))], state="draft")
    with reading() as session:
        slug = session.get_one(Edition, edition_id).slug

    _code, out, err = run(app, "show", "--edition", slug)

    assert err == "Rotation 1 (a draft; nothing is published yet)\n"
    assert [line.split()[-1] for line in out.splitlines()] == ["-", "Raung"]
    assert [turn["vendor"] for turn in document(app, "show", "--edition", slug)["turns"]] == [None, "Kopi Raung"]


def test_showing_nothing_is_one_sentence(app: Flask, slug: str) -> None:
    code, out, err = run(app, "show", "--edition", slug)

    assert (code, out) == (1, "")
    assert err == "There is no rotation yet. Build one first (rotation build).\n"


def test_the_problem_solves_by_itself_to_the_draft_that_is_built(app: Flask, slug: str, tmp_path: Path, capsys) -> None:
    problem = document(app, "problem", "--edition", slug, "--seed", "3")
    built = document(app, "build", "--edition", slug, "--seed", "3")
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(problem))
    capsys.readouterr()

    main(["solve", str(path)])

    assert json.loads(capsys.readouterr().out)["digest"] == built["digest"]
    with reading() as session:
        assert session.get_one(Rotation, 1).problem == problem
    assert "Kenanga" not in json.dumps(problem)


@pytest.mark.parametrize("verb", ["build", "repair", "cancel", "publish", "problem", "show", "verify"])
def test_an_edition_nobody_knows_is_one_sentence(app: Flask, verb: str) -> None:
    code, out, err = run(app, verb, "--edition", "tidak-ada")

    assert (code, out) == (1, "")
    assert err == "There is no edition called tidak-ada. Its short name stands in its address: /panitia/<short name>/.\n"


def test_beside_a_published_rotation_a_build_keeps_it_and_a_seed_draws_afresh(app: Flask, slug: str) -> None:
    document(app, "build", "--edition", slug, "--seed", "1")
    document(app, "publish", "--edition", slug)

    kept = [document(app, "problem", "--edition", slug), document(app, "problem", "--edition", slug, "--afresh")]
    drawn = document(app, "problem", "--edition", slug, "--seed", "2")

    assert ["published" in kept[0], "published" in kept[1], "published" in drawn] == [True, False, False]
    assert drawn["seed"] == 2


def test_verifying_draws_once_more_in_a_process_of_its_own_and_agrees(app: Flask, slug: str) -> None:
    document(app, "build", "--edition", slug, "--seed", "5")
    document(app, "publish", "--edition", slug)

    code, out, _progress = run(app, "verify", "--edition", slug)

    assert code == 0
    assert out.startswith("Rotation 1 is as it was drawn: the same problem, seed, plan, turns, score, bounds, proofs and digest ")
    assert out.splitlines()[1].startswith("It is noted as drawn by this very planner, ")


@pytest.mark.parametrize("verb", ["build", "problem"])
@pytest.mark.parametrize("seed", ["-1", "2147483648", "99999999999999999999"])
def test_a_seed_that_no_draft_can_have_is_refused_by_every_command_that_takes_one(app: Flask, slug: str, verb: str, seed: str) -> None:
    code, out, err = run(app, verb, "--edition", slug, "--seed", seed)

    assert (code, out) == (1, "")
    assert err == "The seed must lie between 0 and 2147483647.\n"


@pytest.mark.parametrize("tampered", ["plan", "turn", "points", "score", "bounds", "proved", "digest", "problem", "seed"])
def test_verifying_finds_whatever_was_changed_after_the_draw(app: Flask, slug: str, tampered: str) -> None:
    draft = document(app, "build", "--edition", slug)
    tamper_with(tampered)

    code, out, err = run(app, "verify", "--edition", slug, "--number", str(draft["number"]))

    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith("Rotation 1 does not agree with its draw: ")
    assert {
        "plan": "the plan differs (s1)",
        "points": "turns are not worth what the problem says: new weights, or by hand (s1)",
        "turn": "turns are not as they were drawn (s1)",
        "score": "the stored score is not that of the stored plan (dev_sq)",
        "bounds": "score or bound differ (dev_sq)",
        "proved": "what is called proved differs (hard)",
        "digest": "the digest differs",
        "seed": "the stored seed is not the problem's",
        "problem": "the stored problem was changed after the draw",
    }[tampered] in err
    assert "another planner" not in err


def tamper_with(what: str) -> None:
    with transaction() as session:
        rotation = session.scalars(select(Rotation)).one()
        if what == "turn":
            session.execute(delete(Turn).where(Turn.slot_id == 1))
        elif what == "points":
            session.execute(update(Turn).where(Turn.slot_id == 1).values(points=99))
        elif what == "proved":
            rotation.proved = [part for part in rotation.proved if part != "hard"]
        elif what == "seed":
            rotation.seed += 1
        elif what == "plan":
            rotation.plan = {**rotation.plan, "s1": None}
        elif what in {"score", "bounds"}:
            setattr(rotation, what, {**getattr(rotation, what), "dev_sq": -1})
        elif what == "digest":
            rotation.digest = "0" * 64
        else:
            rotation.problem = {**rotation.problem, "seed": 99}


def test_verifying_a_draw_of_another_planner_says_so(app: Flask, slug: str) -> None:
    document(app, "build", "--edition", slug)
    with transaction() as session:
        session.execute(update(Rotation).values(planner_version="an older one", digest="0" * 64))

    code, out, _err = run(app, "verify", "--edition", slug, "--number", "1", "--json")

    faults = json.loads(out)["faults"]
    assert (code, json.loads(out)["agrees"], faults[0]) == (1, False, "the digest differs")
    assert "it was drawn by another planner (an older one)" in faults[1]


def test_verifying_tells_of_another_planner_even_where_all_agrees(app: Flask, slug: str) -> None:
    document(app, "build", "--edition", slug)
    with transaction() as session:
        session.execute(update(Rotation).values(planner_version="an older one"))

    code, out, _err = run(app, "verify", "--edition", slug, "--number", "1")

    assert code == 0
    assert out.splitlines()[1].startswith("But it is noted as drawn by another planner, an older one, than this one, ")


def test_verifying_what_is_not_there_is_one_sentence(app: Flask, slug: str) -> None:
    assert run(app, "verify", "--edition", slug)[2] == "There is no rotation yet. Build one first (rotation build).\n"
    assert run(app, "verify", "--edition", slug, "--number", "7")[2] == "There is no rotation 7.\n"


@pytest.mark.parametrize("extra_changes", [0, 1], ids=["fewest changes", "one more"])
def test_verifying_a_repair_repairs_once_more(app: Flask, slug: str, extra_changes: int) -> None:
    document(app, "build", "--edition", slug)
    document(app, "publish", "--edition", slug)
    problem = read_problem(document(app, "problem", "--edition", slug))
    repaired = replan(problem, extra_changes=extra_changes)
    with transaction() as session:
        store_draft(session, session.get_one(Edition, 1), problem, repaired, extra_changes=extra_changes, by=None, now=EVENING)

    code, out, _progress = run(app, "verify", "--edition", slug, "--number", "2")

    assert problem.published is not None
    assert (code, out.startswith("Rotation 2 is as it was drawn")) == (0, True)


def test_a_repair_lists_its_steps_and_builds_the_one_that_is_named(app: Flask, slug: str) -> None:
    run(app, "build", "--edition", slug)
    run(app, "publish", "--edition", slug)

    problem = document(app, "problem", "--edition", slug)
    steps = document(app, "repair", "--edition", slug)
    code, lines, _err = run(app, "repair", "--edition", slug)
    built = document(app, "repair", "--edition", slug, "--changes", str(steps[0]["changes"]))

    assert code == 0
    assert [line.split(", ")[0] for line in lines.splitlines()] == [
        f"{step['changes']} change{'' if step['changes'] == 1 else 's'}: turns differ by {step['score']['spread']}" for step in steps
    ]
    farthest = [f"points lie up to {step['score']['dev_max'] / len(problem['vendors']):.1f} from the mean" for step in steps]
    assert all(words in line for words, line in zip(farthest, lines.splitlines(), strict=True))
    assert built["score"] == steps[0]["score"]
    assert run(app, "repair", "--edition", slug, "--changes", "99")[0] != 0
