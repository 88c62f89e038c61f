"""`python app.py`: prepare the database, then hand over to the supervisor of web server and scheduler."""

import argparse
import errno
import os
import socket
import sys
from dataclasses import replace

from flask import Flask
from sqlalchemy.exc import OperationalError

from bazaar.database import migrate_database
from bazaar.demo.load import is_empty, load_demo
from bazaar.settings import ROOT, Settings, SettingsError, read_settings
from bazaar.web.welcome import welcome_text

EPILOG = "Commands (import, rotation, doctor, ...) go the same way: .venv/bin/python app.py COMMAND --help; the README lists them."


def read_arguments(settings: Settings, arguments: list[str]) -> tuple[Settings, argparse.Namespace]:
    """The command line of `./run`; host and port there win over the environment."""
    parser = argparse.ArgumentParser(prog="./run", description="Giliran: web server and scheduler on this machine.", epilog=EPILOG)
    parser.add_argument("--host", default=settings.host, help="address to listen on (0.0.0.0: every network of this machine)")
    parser.add_argument("--port", type=int, default=settings.port)
    parser.add_argument("--as-dated", action="store_true", help="load the sample edition with its own dates of 2021")
    parser.add_argument("--prepare", action="store_true", help="set up the database and stop")
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= 65535:
        raise SettingsError(f"--port is {options.port}; it must be a whole number from 1 to 65535.")
    os.environ["HOST"], os.environ["PORT"] = options.host, str(options.port)  # for the two processes that follow
    return replace(read_settings(), environment=settings.environment), options


def prepare(app: Flask, settings: Settings, *, as_dated: bool) -> None:
    """Migrate, and outside production fill an empty database with the sample edition."""
    with app.app_context():
        try:
            migrate_database()
        except OperationalError as error:
            reason = str(error.orig).splitlines()[0]
            raise SettingsError(f"The database does not answer ({reason}). Check DATABASE_URL, then start again.") from None
        if not settings.is_production and is_empty():
            print("Loading the sample edition (once, about a quarter of a minute) ...", file=sys.stderr, flush=True)
            outside = app.extensions["giliran.outside"]
            load_demo(outside, as_dated=as_dated, now=outside.clock())


def refuse_taken_port(host: str, port: int) -> None:
    """One sentence instead of a stack trace when something else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                other = port + 1 if 1024 <= port < 65535 else 8000
                raise SettingsError(
                    f"Port {port} on {host} cannot be used ({error.strerror}); choose another one: ./run --port {other}"
                ) from None
            raise SettingsError(
                f"{host} is no address of this machine ({error.strerror}); use 127.0.0.1, or 0.0.0.0 for every network it is in."
            ) from None


def serve(app: Flask, settings: Settings, options: argparse.Namespace) -> None:
    """Prepare, then become the supervisor: a call that returns only after `--prepare`."""
    if not options.prepare:
        refuse_taken_port(options.host, options.port)
    prepare(app, settings, as_dated=options.as_dated)
    if options.prepare:
        print("Ready. Start it with ./run", flush=True)
        return
    with app.app_context():
        os.environ["GILIRAN_WELCOME"] = welcome_text(settings, app.extensions["giliran.outside"])
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "bazaar.web.supervise", options.host, str(options.port)])  # noqa: S606 (ourselves)
