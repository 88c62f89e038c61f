"""The web application: `create_app()` builds it, `python app.py` serves it beside the scheduler, `flask --app app` runs commands."""

import logging
import sys

from flask import Flask
from jinja2 import StrictUndefined
from whitenoise import WhiteNoise

from bazaar.database import init_database, init_migrations
from bazaar.outside import Outside, real_outside
from bazaar.settings import ROOT, Settings, SettingsError, read_settings
from bazaar.web.access import refuse_undeclared_routes
from bazaar.web.auth import init_auth
from bazaar.web.errors import init_errors
from bazaar.web.filters import STATIC_DIR, init_filters, static_build
from bazaar.web.language import init_language
from bazaar.web.register import register
from bazaar.web.security import init_security, set_static_headers


def create_app(settings: Settings | None = None, outside: Outside | None = None) -> Flask:
    """A ready application. Tests pass settings and an outside world of their own; the order of the parts is the order of a request."""
    settings = settings or read_settings()
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None, instance_path=str(settings.instance_dir))
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.extensions["giliran.settings"] = settings
    app.extensions["giliran.outside"] = outside or real_outside(settings)
    app.logger.setLevel(settings.log_level)
    init_database(app, settings.database_url)
    init_language(app)
    init_filters(app)
    init_errors(app)
    init_auth(app)
    init_security(app, settings)
    register(app)
    refuse_undeclared_routes(app)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign] # Flask's documented place for middleware
        app.wsgi_app,
        root=STATIC_DIR,
        prefix=f"static/{static_build()}",
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=set_static_headers,
        allow_all_origins=False,
    )
    return app


def migrating_app() -> Flask:
    """The same for whoever writes a migration: `flask --app app:migrating_app db revision --autogenerate`."""
    app = create_app()
    init_migrations(app)
    return app


def main() -> int:
    """`python app.py`: serve, or run the command that follows."""
    from bazaar.web.serve import read_arguments, serve  # noqa: PLC0415 (only the parent process needs the server)

    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        settings = read_settings()
        if sys.argv[1:] and not sys.argv[1].startswith("-"):
            create_app(settings).cli.main(args=sys.argv[1:], prog_name="giliran")
            return 0
        settings, options = read_arguments(settings, sys.argv[1:])
        serve(create_app(settings), settings, options)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
