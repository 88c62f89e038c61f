"""Build, publish, show and verify the rotation."""

import sys
from collections.abc import Sequence
from functools import partial

import click

from bazaar.editions.board import SheetLine, rotation_sheet
from bazaar.editions.broken import BrokenTurn, broken_turns
from bazaar.editions.build import Built, built_of, read_problem_of, request_build
from bazaar.editions.jobs import cancel_job, job_answer, job_at_work, job_problem
from bazaar.editions.problem import id_of
from bazaar.editions.publish import newest_draft_id, publish_rotation
from bazaar.editions.repairs import choose_repair, request_repair
from bazaar.editions.replay import Replay, replay_rotation
from bazaar.editions.scope import EditionRef
from bazaar.editions.versions import RotationRef
from bazaar.localtime import localize
from bazaar.planner import PlannerError, PlannerTooSlowError
from bazaar.refusals import Refusal
from bazaar.rotation.problem import write_problem
from bazaar.rotation.repairing.steps import RepairStep
from bazaar.web.auth import LARGEST_KEY, outside
from bazaar.web.commands.answering import Commands, edition_named, print_json, worded
from bazaar.web.commands.options import with_edition, with_json
from bazaar.web.commands.progress import ProgressLine
from bazaar.web.commands.waiting import work_out

_MOST_NAMED = 6
commands = Commands("rotation", help="Build, publish, show and verify the rotation.")

_seed = click.option(
    "--seed", type=int, help="Draw afresh by this number; the same edition and seed give the same rotation. Without it: the draft's number."
)
_afresh = click.option("--afresh", is_flag=True, help="Draw all that has not begun afresh, instead of changing as little as possible.")


@commands.command("build")
@with_edition
@_seed
@_afresh
@with_json
@worded
def build(slug: str, seed: int | None, afresh: bool, as_json: bool) -> None:
    """Build a draft; nobody is told of it. The desk shows how far it is. Ctrl-C stops the planner and stores nothing."""
    edition, keeps = edition_named(slug), seed is None and not afresh
    asked_at = outside().clock()
    requested = request_build(edition.id, seed=seed, keep_published=keeps, also_behind=True, by=None, now=asked_at)
    built = built_of(edition.id, work_out(edition, requested).id)
    if as_json:
        print_json(_built_document(built))
        return
    click.echo(f"Draft {built.number}: {built.turn_count} turns, {built.open_slot_count} open slots, seed {built.seed}.")
    click.echo(f"Digest {built.digest}")


@commands.command("repair")
@with_edition
@click.option("--changes", type=int, help="Build a draft of the step with so many changes. Without it: list the steps.")
@click.option("--move-soon", is_flag=True, help="Also turns of the next 24 hours may move to even out others.")
@with_json
@worded
def repair(slug: str, changes: int | None, move_soon: bool, as_json: bool) -> None:
    """From the fewest changes to the fairest turns: the steps, or a draft of one of them. Ctrl-C stops the planner."""
    edition, world = edition_named(slug), outside()
    job = work_out(edition, request_repair(edition.id, keep_soon=not move_soon, by=None, now=world.clock()))
    steps = [RepairStep.from_dict(step) for step in job_answer(edition.id, job.id)[1]]
    if changes is None:
        _list_steps(steps, len(job_problem(edition.id, job.id)["vendors"]), as_json=as_json)
        return
    if changes not in {step.changes for step in steps}:
        raise Refusal("no_such_step", changes=changes)
    built = choose_repair(edition.id, job.id, changes, by=None, now=world.clock())
    if as_json:
        print_json(_built_document(built))
        return
    click.echo(f"Draft {built.number}: {_changes(changes)}, {built.open_slot_count} open slots.")


def _list_steps(steps: Sequence[RepairStep], vendor_count: int, *, as_json: bool) -> None:
    if as_json:
        print_json([step.with_proofs() for step in steps])
        return
    for step in steps:
        proved = ", proved" if {"spread", "turns_sq"} <= set(step.result.proved) else ""
        farthest = step.score.dev_max / vendor_count
        click.echo(
            f"{_changes(step.changes)}: turns differ by {step.score.spread}{proved}, points lie up to {farthest:.1f} from the mean, "
            f"{step.score.unfilled} open slots."
        )


def _changes(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"


@commands.command("cancel")
@with_edition
@with_json
@worded
def cancel(slug: str, as_json: bool) -> None:
    """Cancel whatever the planner is busy with for this edition, from the desk or from a command."""
    edition, now = edition_named(slug), outside().clock()
    job = job_at_work(edition.id, now=now)
    if job is None or not cancel_job(edition.id, job.id, by=None, now=now):
        raise Refusal("planner_idle")
    if as_json:
        print_json({"job": job.id, "kind": job.kind})
        return
    click.echo(f"Cancelled the {job.kind} that {job.created_by or 'a command'} had started. Nothing was stored.")


@commands.command("publish")
@with_edition
@click.option("--despite-broken-rules", "despite_broken", is_flag=True, help="Also a draft that breaks a hard rule.")
@with_json
@worded
def publish(slug: str, despite_broken: bool, as_json: bool) -> None:
    """Publish the newest draft: reminders are planned, vendors whose turns changed are told."""
    edition = edition_named(slug)
    try:
        published = publish_rotation(newest_draft_id(edition.id), despite_broken=despite_broken, by=None, now=outside().clock())
    except Refusal as refusal:
        raise _naming_the_rules(refusal, edition) from refusal
    counts = published.counts
    if as_json:
        document = {"new": counts.new, "moved": counts.moved, "removed": counts.removed, "unchanged": counts.unchanged}
        print_json({"number": published.number, **document, "planned": counts.planned})
        return
    click.echo(f"Rotation {published.number} is published.")
    click.echo(f"Vendors: {counts.new} new, {counts.moved} moved, {counts.removed} removed, {counts.unchanged} unchanged.")
    click.echo(f"Messages planned: {counts.planned}.")


@commands.command("problem")
@with_edition
@_seed
@_afresh
@click.option("--job", type=click.IntRange(1, LARGEST_KEY), help="What that planning job was asked, for a report of what went wrong.")
@click.option("--json", "as_json", is_flag=True, help="Accepted for symmetry: the problem is always JSON.")
@worded
def problem(slug: str, seed: int | None, afresh: bool, job: int | None, as_json: bool) -> None:
    """What the planner would be asked now, without anybody's name: for `python -m bazaar.rotation solve`."""
    edition = edition_named(slug)
    if job is not None:
        print_json(job_problem(edition.id, job))
        return
    print_json(write_problem(read_problem_of(edition.id, seed=seed, keep_published=seed is None and not afresh, now=outside().clock())))


@commands.command("verify")
@with_edition
@click.option("--number", type=click.IntRange(1, LARGEST_KEY), help="Which rotation. Without it: the one in force.")
@with_json
@worded
def verify(slug: str, number: int | None, as_json: bool) -> None:
    """Draw a rotation once more and compare all that is stored of it with the new answer; exit code 1 where anything differs."""
    edition = edition_named(slug)
    line = ProgressLine()
    try:
        replay = replay_rotation(edition.id, number, ask=partial(outside().ask_planner, watch=line))
    except PlannerTooSlowError:
        raise Refusal("planner_too_slow") from None
    except PlannerError as error:
        click.echo(str(error), err=True)
        raise Refusal("planner_failed") from None
    finally:
        line.close()
    faults = _faults(replay)
    if as_json:
        slots = {"changed_turns": replay.changed_turns, "changed_points": replay.changed_points, "differing_slots": replay.differing_slots}
        planners = {"drawn_by": replay.drawn_by, "replayed_by": replay.replayed_by}
        print_json({"number": replay.number, "agrees": replay.agrees, "digest": replay.digest, "faults": faults, **slots, **planners})
    elif replay.agrees:
        click.echo(
            f"Rotation {replay.number} is as it was drawn: "
            f"the same problem, seed, plan, turns, score, bounds, proofs and digest {replay.digest}."
        )
        click.echo(_planner_words(replay))
    else:
        click.echo(f"Rotation {replay.number} does not agree with its draw: {'; '.join(faults)}.", err=True)
    if not replay.agrees:
        sys.exit(1)


@commands.command("show")
@with_edition
@with_json
@worded
def show(slug: str, as_json: bool) -> None:
    """Who stands where: the published rotation, or the newest draft while none is published."""
    edition = edition_named(slug)
    sheet = rotation_sheet(edition.id, now=outside().clock())
    click.echo(_title(sheet.rotation), err=True)
    if as_json:
        print_json({"turns": [_turn_document(line, edition) for line in sheet.lines]})
        return
    for line in sheet.lines:
        click.echo("  ".join(_columns(line, edition)))


def _naming_the_rules(refusal: Refusal, edition: EditionRef) -> Refusal:
    """A refusal to publish what breaks a rule says which, of whom and when: a command has no page to look at."""
    if refusal.code != "draft_broken":
        return refusal
    number = int(str(refusal.values["number"]))
    broken = [_broken_words(one, edition) for one in broken_turns(edition.id, number)]
    more = [f"and {len(broken) - _MOST_NAMED} more"] if len(broken) > _MOST_NAMED else []
    return Refusal("draft_broken_in", number=number, rules="; ".join([*broken[:_MOST_NAMED], *more]))


def _broken_words(one: BrokenTurn, edition: EditionRef) -> str:
    who = one.business_name or "a vendor that is not there any more"
    when = " and ".join(f"{localize(at, edition.timezone):%a %Y-%m-%d %H:%M %Z}" for at in one.starts) or "a slot that is gone"
    return {
        "away": f"{who} cannot come that day ({when})",
        "hours": f"{who} cannot come at that hour ({when})",
        "language": f"{who} speaks none of the languages asked for ({when})",
        "pin": f"pinned to {who}, but {one.holder_name or 'nobody'} stands there ({when})",
        "near": f"turns of {who} lie too close together ({when})",
        "full": f"{who} has more turns than wanted at most ({when})",
        "twin": f"goods of one kind follow each other ({when})",
        "over": f"a turn that was over is changed ({when})",
        "unknown": f"{who} stands in {when}",
    }[one.rule]


def _title(rotation: RotationRef) -> str:
    state = "published" if rotation.is_published else "a draft; nothing is published yet"
    return f"Rotation {rotation.number} ({state})"


def _faults(replay: Replay) -> list[str]:
    """What differs, in words; of the planner's version only where something else differs too."""
    faults = [
        text
        for differs, text in (
            (not replay.is_problem_as_drawn, "the stored problem was changed after the draw"),
            (not replay.is_seed_as_drawn, "the stored seed is not the problem's"),
            (replay.changed_turns, f"turns are not as they were drawn ({_some(replay.changed_turns)})"),
            (
                replay.changed_points,
                f"turns are not worth what the problem says: new weights, or by hand ({_some(replay.changed_points)})",
            ),
            (replay.differing_slots, f"the plan differs ({_some(replay.differing_slots)})"),
            (replay.wrong_parts, f"the stored score is not that of the stored plan ({', '.join(replay.wrong_parts)})"),
            (replay.differing_parts, f"score or bound differ ({', '.join(replay.differing_parts)})"),
            (replay.differing_proofs, f"what is called proved differs ({', '.join(replay.differing_proofs)})"),
            (not replay.is_digest_same, "the digest differs"),
        )
        if differs
    ]
    if faults and not replay.is_planner_same:
        drawn_by = replay.drawn_by or "a version that was not recorded"
        faults.append(f"it was drawn by another planner ({drawn_by}) than this one ({replay.replayed_by}), which may be all there is to it")
    return faults


def _planner_words(replay: Replay) -> str:
    """The planner's version is a note, not a result: no replay can prove it. So it is told, for whoever knows better."""
    if replay.drawn_by is None:
        return f"Which planner drew it was not recorded; this one is {replay.replayed_by}."
    if replay.is_planner_same:
        return f"It is noted as drawn by this very planner, {replay.replayed_by}."
    noted = f"But it is noted as drawn by another planner, {replay.drawn_by}, than this one, {replay.replayed_by}"
    return f"{noted}: a note that no replay can prove."


def _some(slots: Sequence[str]) -> str:
    """The first of them by number; an older planner may differ in all."""
    first = sorted(slots, key=id_of)[:_MOST_NAMED]
    return ", ".join(first) + (f" and {len(slots) - len(first)} more" if len(slots) > len(first) else "")


def _built_document(built: Built) -> dict[str, object]:
    return {
        "number": built.number,
        "seed": built.seed,
        "turn_count": built.turn_count,
        "open_slot_count": built.open_slot_count,
        "score": built.score,
        "bounds": built.bounds,
        "proved": list(built.proved),
        "digest": built.digest,
    }


def _turn_document(line: SheetLine, edition: EditionRef) -> dict[str, object]:
    return {
        "vendor": line.business_name,
        "starts_at": localize(line.starts_at, edition.timezone),
        "ends_at": localize(line.ends_at, edition.timezone),
        "live_session": line.live_session_id,
        "position": line.position,
        "points": line.points,
    }


def _columns(line: SheetLine, edition: EditionRef) -> list[str]:
    starts_at, ends_at = localize(line.starts_at, edition.timezone), localize(line.ends_at, edition.timezone)
    return [
        f"{starts_at:%a %Y-%m-%d %H:%M}-{ends_at:%H:%M %Z}",
        f"session {line.live_session_id:<4}",
        f"slot {line.position:<2}",
        f"{line.points:>3} points",
        line.business_name or "-",
    ]
