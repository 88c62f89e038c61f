"""Which language the reader gets: `?lang=`, else what the browser prefers of Indonesian and English, else Indonesian.

The English catalogue, bazaar/translations/en/LC_MESSAGES/messages.po, is read as it stands: a compiled file beside it could be forgotten,
and two people could not change it on one day.
"""

import gettext
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from flask import Blueprint, Flask, g, has_request_context, request

LANGUAGES = ("id", "en")
CATALOGUES = Path(__file__).resolve().parent.parent / "translations"


def current_language() -> str:
    """`id` or `en`. Pages that exist in Indonesian only set `g.language = "id"` in their blueprint."""
    if not has_request_context():
        return "id"
    if "language" not in g:
        asked = request.args.get("lang", "")
        g.language = asked if asked in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "id")
    return str(g.language)


def carry_language(blueprint: Blueprint) -> None:
    """Whoever chose a language keeps it from page to page of this blueprint, without a cookie."""

    @blueprint.app_url_defaults
    def _carry(endpoint: str, values: dict[str, object]) -> None:
        asked = request.args.get("lang") if has_request_context() else None
        if endpoint.startswith(f"{blueprint.name}.") and asked in LANGUAGES:
            values.setdefault("lang", asked)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> gettext.NullTranslations:
    """What a language says. Indonesian is the source and needs none."""
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415 (only a process with an English reader needs them)
    from babel.messages.pofile import read_po  # noqa: PLC0415 (as above)

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(text: str) -> str:
    """The text in the reader's language; the source is Indonesian."""
    return _catalogue(current_language()).gettext(text)


def translate_count(one: str, many: str, count: int) -> str:
    """The same with a number: Indonesian has one form, English two."""
    return _catalogue(current_language()).ngettext(one, many, count)


def init_language(app: Flask) -> None:
    """Give templates `_`, `{% trans %}` and `language()`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(translate, translate_count, newstyle=True)  # type: ignore[attr-defined] # added by the extension
    app.jinja_env.globals["language"] = current_language
