"""Waiting for the planner: set it going, look how far it is, cancel, read its answer. One page for every kind of planning job.

A page that asks the planner something calls its use case and returns `set_going(...)`. What the page is called meanwhile, and where
the answer is read, is an `Errand`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, flash, g, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from bazaar.editions.jobs import JobRef, Requested, cancel_job, job_page, job_problem
from bazaar.refusals import Refusal
from bazaar.rotation.result import canonical_json
from bazaar.states import PlanningState
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside
from bazaar.web.errors import word_refusal
from bazaar.web.organizer.board_forms import AFRESH, KEEP
from bazaar.web.organizer.desk import account_id, done, speak_indonesian
from bazaar.web.planning import start_job

QUICK_SECONDS = 1.5
"""Most rotations are ready by then, so that nobody sees the page that waits. It holds one of the server's many threads (128), once per
job: whoever else asks meanwhile is led to the running job at once."""

_LEAST_PERCENT = 4
_BLAMES_THE_PLANNER = frozenset({"planner_crashed", "planner_failed", "planner_too_slow"})

blueprint = Blueprint("planning", __name__, url_prefix="/panitia/<edition>/hitung/<int:job_id>")
blueprint.before_request(speak_indonesian)


@dataclass(frozen=True)
class Errand:
    """How a kind of job is told of. `stages`: the planner's name of each stage and its words, in order."""

    title: str
    stages: tuple[tuple[str, str], ...]
    finish: Callable[[JobRef], WerkzeugResponse]  # to where the answer is read
    again_url: Callable[[], str]  # a form is posted there to ask once more,
    again_fields: Callable[[JobRef], Mapping[str, object]]  # with these fields
    tab: str = "board"  # of the desk's navigation


@dataclass(frozen=True)
class Step:
    """A stage of the work, and whether it is over, running or ahead."""

    words: str
    state: str  # done, now, ahead


@dataclass(frozen=True)
class WaitingPage:
    """A job on its way, or one that came to nothing."""

    job: JobRef
    errand: Errand
    is_mine: bool
    sentence: str  # why it came to nothing; empty while it is at work
    offers_problem: bool  # the planner is to blame: what it was asked helps whoever looks into it

    @property
    def steps(self) -> tuple[Step, ...]:
        """The stages; the planner's start belongs to the first."""
        current = self._current
        states = ["done" if place < current else "now" if place == current else "ahead" for place in range(len(self.errand.stages))]
        return tuple(Step(words, state) for (_name, words), state in zip(self.errand.stages, states, strict=True))

    @property
    def percent(self) -> int:
        """How much of the whole is done, each stage counted alike. Never quite all of it: the draft is still to be stored. Never
        nothing: work that has begun is seen to have begun."""
        return max(_LEAST_PERCENT, min(99, (100 * self._current + self.job.share_pct) // len(self.errand.stages)))

    @property
    def _current(self) -> int:
        names = [name for name, _words in self.errand.stages]
        return names.index(self.job.stage) if self.job.stage in names else 0


def set_going(requested: Requested, edition: str) -> WerkzeugResponse:
    """Start the work of a new job and wait a moment for it; then to its answer, or to the page that waits."""
    if requested.is_new:
        start_job(requested.job_id).join(QUICK_SECONDS)
        job = job_page(g.edition.id, requested.job_id, now=outside().clock())
        if job.state is PlanningState.DONE:
            return ERRANDS[job.kind].finish(job)
    elif not requested.is_as_asked:
        flash("Permintaan Anda belum dimulai, karena hitungan ini masih berjalan. Tunggu hasilnya, atau batalkan, lalu coba lagi.", "act")
    return redirect(url_for("planning.show", edition=edition, job_id=requested.job_id), 303)


@blueprint.get("")
@allow(Access.ORGANIZER)
def show(edition: str, job_id: int) -> str | WerkzeugResponse:
    """How far the planner is; its answer once there is one."""
    job = job_page(g.edition.id, job_id, now=now())
    if job.state is PlanningState.DONE:
        return ERRANDS[job.kind].finish(job)
    return render_template("organizer/planning/show.html", page=_page(job))


@blueprint.get("/kemajuan")
@allow(Access.ORGANIZER)
def progress(edition: str, job_id: int) -> Response:
    """The same for the page's script; 304 where nothing has moved."""
    page = _page(job_page(g.edition.id, job_id, now=now()))
    document = {"at_work": page.job.is_at_work, "percent": page.percent, "steps": [step.state for step in page.steps]}
    answer = make_response(jsonify(document))
    answer.add_etag()  # of what it says: a stage may hold any text
    answer.headers["Cache-Control"] = "no-store"
    answer.make_conditional(request)
    return answer


@blueprint.post("/batal")
@allow(Access.ORGANIZER)
def cancel(edition: str, job_id: int) -> WerkzeugResponse:
    """Want the answer no more."""
    is_cancelled = cancel_job(g.edition.id, job_id, by=account_id(), now=now())
    if not is_cancelled and job_page(g.edition.id, job_id, now=now()).state is not PlanningState.CANCELLED:
        flash("Tidak sempat dibatalkan: hitungannya sudah berakhir.", "act")
    return redirect(url_for("planning.show", edition=edition, job_id=job_id), 303)


@blueprint.get("/soal.json")
@allow(Access.ORGANIZER)
def problem(edition: str, job_id: int) -> Response:
    """What the planner was asked, by numbers: for whoever looks into what went wrong."""
    answer = make_response(canonical_json(job_problem(g.edition.id, job_id)))
    answer.mimetype = "application/json"
    answer.headers["Content-Disposition"] = f'attachment; filename="hitungan-{job_id}-soal.json"'
    return answer


def _page(job: JobRef) -> WaitingPage:
    return WaitingPage(job, ERRANDS[job.kind], job.creator_id == account_id(), _why_nothing(job), job.error in _BLAMES_THE_PLANNER)


def _why_nothing(job: JobRef) -> str:
    if job.state is PlanningState.CANCELLED:
        return "Dibatalkan. Tidak ada yang berubah."
    if job.state is PlanningState.INTERRUPTED:
        return "Hitungannya terputus, mungkin server atau perintahnya sempat mati. Tidak ada yang berubah. Coba lagi."
    if job.state is PlanningState.FAILED:
        return word_refusal(Refusal(job.error, name=g.edition.name), "id")[1]
    return ""


def _to_the_draft(job: JobRef) -> WerkzeugResponse:
    number = job.rotation_number
    return done(f"Rancangan ke-{number} selesai disusun.", "board.evenness", edition=g.edition.slug, number=number)


def _build_fields(job: JobRef) -> Mapping[str, object]:
    seed = job.options["seed"]
    fields = {"way": KEEP if job.options["keep_published"] else AFRESH, "seed": "" if seed is None else seed}
    return fields | ({"keep_soon": "y"} if job.options.get("keep_soon") else {})


def _to_the_choices(job: JobRef) -> WerkzeugResponse:
    return redirect(url_for("repair.choices", edition=g.edition.slug, job_id=job.id), 303)


def _repair_fields(job: JobRef) -> Mapping[str, object]:
    return {"keep_soon": "y"} if job.options["keep_soon"] else {}


_LAST_STAGE = ("diagnose", "Memeriksa yang tidak bisa dipenuhi")

ERRANDS: Mapping[str, Errand] = {
    "build": Errand(
        title="Giliran sedang disusun",
        stages=(
            ("fill", "Membagi giliran"),
            ("balance", "Meratakan nilai"),
            ("polish", "Merapikan urutan"),
            _LAST_STAGE,
        ),
        finish=_to_the_draft,
        again_url=lambda: url_for("board.build", edition=g.edition.slug),
        again_fields=_build_fields,
    ),
    "repair": Errand(
        title="Perbaikan sedang dihitung",
        stages=(
            ("repair", "Mencari perubahan paling sedikit"),
            ("even out", "Meratakan giliran"),
            ("prove", "Memastikan hasilnya"),
            _LAST_STAGE,
        ),
        finish=_to_the_choices,
        again_url=lambda: url_for("repair.start", edition=g.edition.slug),
        again_fields=_repair_fields,
    ),
}
