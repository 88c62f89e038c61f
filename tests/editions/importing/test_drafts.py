"""Drafts of imports: they survive a reload, are stored once, and are forgotten."""

from datetime import timedelta

import pytest
from flask import Flask

from bazaar.database import reading
from bazaar.editions.importing.drafts import discard_draft, draft_page, open_drafts, run_draft, save_draft
from bazaar.editions.importing.table import read_pasted
from bazaar.editions.retention import KEPT_FOR, purge_import_drafts
from bazaar.refusals import Refusal
from models import ImportDraft, Vendor
from tests import factories
from tests.conftest import START

SHEET = read_pasted("nama_usaha\tpemilik\tkategori\twhatsapp\nTape\tBu Siti\tCamilan\t081200001024")


@pytest.fixture
def edition_id(app: Flask) -> int:
    return factories.make_edition()


def code(act, *args: object, **kwargs: object) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **kwargs)
    return refused.value.code


def save(edition_id: int, *, at=START) -> int:
    return save_draft(edition_id, "vendors", SHEET, by=None, now=at)


def test_a_draft_is_checked_anew_each_time_it_is_looked_at(edition_id: int) -> None:
    draft_id = save(edition_id)

    before = draft_page(edition_id, draft_id, now=START).check
    factories.make_vendor(edition_id, business_name="Tape", owner_name="Bu Siti", category="Camilan", phone="+6281200001024")
    after = draft_page(edition_id, draft_id, now=START).check

    assert ([row.name for row in before.additions], after.additions, after.unchanged_count) == (["Tape"], (), 1)


def test_a_draft_is_stored_once_and_its_rows_go(edition_id: int) -> None:
    draft_id = save(edition_id)

    result = run_draft(edition_id, draft_id, by=None, now=START)

    assert (result.added_count, code(run_draft, edition_id, draft_id, by=None, now=START)) == (1, "import_done")
    assert code(draft_page, edition_id, draft_id, now=START) == "import_done"
    with reading() as session:
        assert "081200001024" not in str(session.get_one(ImportDraft, draft_id).rows)
    assert open_drafts(edition_id) == ()


def test_a_draft_whose_rows_have_become_wrong_stores_nothing_and_stays(edition_id: int) -> None:
    draft_id = save_draft(
        edition_id, "products", read_pasted("nama_usaha\tkode\tnama_produk\tharga_idr\nTape\tK01\tTape\t15rb"), by=None, now=START
    )

    refused = code(run_draft, edition_id, draft_id, by=None, now=START)

    assert (refused, [row.id for row in open_drafts(edition_id)]) == ("import_has_problems", [draft_id])


def test_drafts_belong_to_their_edition_and_can_be_thrown_away(edition_id: int) -> None:
    draft_id, other = save(edition_id), factories.make_edition()

    discard_draft(other, draft_id)
    kept = [(row.kind, row.row_count) for row in open_drafts(edition_id)]
    discard_draft(edition_id, draft_id)

    assert (kept, code(draft_page, other, draft_id, now=START)) == ([("vendors", 1)], "not_found")
    assert (open_drafts(edition_id), code(run_draft, edition_id, draft_id, by=None, now=START)) == ((), "not_found")


def test_old_drafts_are_forgotten(edition_id: int) -> None:
    save(edition_id)
    save(edition_id, at=START + timedelta(days=8))

    week_later = len(open_drafts(edition_id))
    purged = purge_import_drafts(now=START + KEPT_FOR + timedelta(days=9))

    with reading() as session:
        assert (week_later, purged, session.query(ImportDraft).count(), session.query(Vendor).count()) == (1, 1, 0, 0)
