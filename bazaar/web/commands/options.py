"""The options that several commands take, with the same words for all."""

import click

from bazaar.web.auth import LARGEST_KEY

with_edition = click.option("--edition", "slug", required=True, help="The edition's short name, as in its address.")
with_live_session = click.option(
    "--live-session",
    "live_session_id",
    type=click.IntRange(1, LARGEST_KEY),  # what the database holds; anything else would end in a traceback
    required=True,
    help="The number that `sessions list` shows.",
)
with_json = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of plain lines.")
