"""For whoever runs the server: the first organizer's link, a link to a new password, a lost second factor."""

import click

from bazaar.accounts.first_organizer import ensure_first_organizer_token
from bazaar.accounts.profile import forget_totp
from bazaar.accounts.resets import ask_new_password
from bazaar.refusals import Refusal
from bazaar.web.auth import outside
from bazaar.web.commands.answering import Commands, worded

commands = Commands("accounts", help="Ways in for people who cannot get in by themselves.")


@commands.command("first-organizer")
@worded
def first_organizer() -> None:
    """Print the one-time link for the first organizer (24 hours; an earlier one ends)."""
    token = ensure_first_organizer_token(now=outside().clock())
    if token is None:
        raise Refusal("accounts_exist")
    click.echo(outside().links.page(f"/mulai/{token}"))


@commands.command("reset-link")
@click.argument("email")
@worded
def reset_link(email: str) -> None:
    """Print a one-time link to a new password, to hand to its owner by a way you trust."""
    reset = ask_new_password(email, actor="command line", now=outside().clock())
    if reset is None:
        raise Refusal("account_unknown", email=email)
    click.echo(outside().links.page(f"/sandi-baru/{reset.token}"))
    click.echo(f"For {reset.name}; works once, for {reset.minutes} minutes.", err=True)


@commands.command("forget-code")
@click.argument("email")
@worded
def forget_code(email: str) -> None:
    """Switch off the sign-in codes of somebody who lost phone and recovery code, and end their sign-ins."""
    name = forget_totp(email, now=outside().clock())
    click.echo(f"{name} signs in with the password alone now. Make sure that it was they who asked.")
