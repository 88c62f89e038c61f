"""Import vendors, products, history, sessions or viewers from a CSV or XLSX file."""

import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from bazaar.editions.importing.columns import Problem
from bazaar.editions.importing.kinds import Difference
from bazaar.editions.importing.run import KINDS, ImportCheck, ImportResult, check_import, run_import
from bazaar.editions.importing.table import LARGEST_FILE_BYTES, read_table
from bazaar.refusals import Refusal
from bazaar.web.auth import now
from bazaar.web.commands.answering import Commands, edition_named, print_json, worded
from bazaar.web.commands.options import with_edition, with_json
from bazaar.web.words.import_problems import word_problem

commands = Commands("import", help="Import vendors, products, history, sessions or viewers from a CSV or XLSX file.")


def _add_command(kind: str) -> None:
    @commands.command(kind, help=f"Import {kind} from FILE, all rows or none. `-` reads standard input.")
    @click.argument("file", type=click.File("rb"))
    @with_edition
    @click.option("--dry-run", is_flag=True, help="Only say what would happen.")
    @with_json
    @worded
    def run(file: BinaryIO, slug: str, dry_run: bool, as_json: bool) -> None:
        edition = edition_named(slug)
        table = read_table(_name_of(file), file.read(LARGEST_FILE_BYTES + 1))
        check = check_import(edition.id, kind, table, now=now())
        result = None
        if not check.problems and not dry_run:
            try:
                result = run_import(edition.id, kind, table, by=None, now=now())
            except Refusal as refusal:
                if refusal.code != "import_has_problems":  # somebody changed what the sheet is about in this very moment
                    raise
                check = check_import(edition.id, kind, table, now=now())
        if as_json:
            print_json(_document(table.file_name, check, result, dry_run=dry_run))
        else:
            _say(check, result)
        if check.problems:
            sys.exit(1)


for _kind in KINDS:
    _add_command(_kind)


def _name_of(file: BinaryIO) -> str:
    return Path(getattr(file, "name", "stdin")).name


def _document(file_name: str, check: ImportCheck, result: ImportResult | None, *, dry_run: bool) -> dict[str, Any]:
    return {
        "kind": check.kind,
        "file": file_name,
        "dry_run": dry_run,
        "stored": result is not None,
        "rows": check.row_count,
        "added": len(check.additions),
        "changed": len(check.changes),
        "unchanged": check.unchanged_count,
        "ignored_columns": list(check.ignored_columns),
        "left_out_rows": list(check.left_out_rows),
        "changes": [_change(change) for change in check.changes],
        "problems": [_problem(problem) for problem in check.problems],
    }


def _change(difference: Difference) -> dict[str, Any]:
    cells = [{"column": change.column, "before": change.before, "after": change.after} for change in difference.changes]
    return {"row": difference.row, "name": difference.name, "cells": cells}


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "column": problem.column,
        "code": problem.code,
        "text": problem.cell,
        "message": word_problem(problem, "en"),
    }


def _say(check: ImportCheck, result: ImportResult | None) -> None:
    for problem in check.problems:
        place = f"row {problem.row}" + (f", {problem.column}" if problem.column else "")
        cell = f" ({problem.cell!r})" if problem.cell else ""
        click.echo(f"{place}{cell}: {word_problem(problem, 'en')}", err=True)
    if check.ignored_columns:
        click.echo(f"Columns that are not used: {', '.join(check.ignored_columns)}.", err=True)
    if check.left_out_rows:
        click.echo(f"Rows outside the live sessions, left out: {', '.join(map(str, check.left_out_rows))}.", err=True)
    if check.problems:
        click.echo(f"{len(check.problems)} problems in {check.problem_row_count} of {check.row_count} rows. Nothing was stored.", err=True)
        return
    counts = f"{len(check.additions)} added, {len(check.changes)} changed, {check.unchanged_count} unchanged"
    click.echo(f"{check.kind}: {counts}." if result else f"{check.kind}, dry run: {counts}. Nothing was stored.")
