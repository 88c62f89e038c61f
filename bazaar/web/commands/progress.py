"""Tells on stderr how far the planner is: one line that is written over on a terminal, else a line for each stage."""

import sys

import click

_WORDS = {
    "fill": "Sharing out turns",
    "balance": "Evening out points",
    "polish": "Tidying the order",
    "repair": "Looking for the fewest changes",
    "even out": "Evening out turns",
    "prove": "Making sure of it",
    "diagnose": "Looking for what is impossible",
}


class ProgressLine:
    """A watcher (`bazaar.planner.Watch`) for commands."""

    def __init__(self) -> None:
        self.is_terminal = sys.stderr.isatty()
        self.shown = ""

    def __call__(self, stage: str, share: float) -> bool:
        """Say it if it is news. The planner always goes on: Ctrl-C ends it by itself."""
        words = _WORDS.get(stage, stage)
        text = f"{words} {int(100 * share)} %" if self.is_terminal else words
        if stage and text != self.shown:
            self.shown = text
            click.echo(f"\r\033[K{text}" if self.is_terminal else text, err=True, nl=not self.is_terminal)
        return True

    def close(self) -> None:
        """Leave the line."""
        if self.shown and self.is_terminal:
            click.echo(err=True)
        self.shown = ""
