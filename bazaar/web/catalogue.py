"""Keeps the English catalogue in step with the pages: `python -m bazaar.web.catalogue` collects, tidies and says what is missing.

Never imported by the application: pages read the file as it stands.
"""

import io
import sys
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "bazaar" / "translations" / "en" / "LC_MESSAGES"
_SOURCES = [
    ("templates/**.html", "jinja2.ext:babel_extract"),
    ("templates/**.txt", "jinja2.ext:babel_extract"),
    ("bazaar/web/**.py", "python"),
]
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "translate": None, "translate_count": (1, 2)}
_TEMPLATES_TRIM = {"trimmed": "true", "silent": "false"}
_HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Language: en\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


def collected() -> Catalog:
    """Every text of the pages that wants a translation, with empty translations."""
    catalogue = Catalog(locale="en", charset="utf-8")
    options = {pattern: _TEMPLATES_TRIM for pattern, method in _SOURCES if method != "python"}
    found = extract_from_dir(ROOT, _SOURCES, options, _KEYWORDS, directory_filter=_is_ours)
    for _path, _line, text, _comments, context in found:
        catalogue.add(text, context=context)
    return catalogue


def written() -> Catalog:
    """The catalogue as it stands in the repository."""
    path = FOLDER / "messages.po"
    text = path.read_bytes() if path.exists() else _HEADER.encode()
    return read_po(io.BytesIO(text), locale="en", charset="utf-8")


def merged(texts: Catalog, translations: Catalog) -> Catalog:
    """The texts of the pages with the translations there are; what no page says any more is left out."""
    for message in texts:
        known = translations.get(message.id) if message.id else None
        if known is not None and _same_shape(known, message):
            message.string = known.string
    return texts


def untranslated(catalogue: Catalog) -> list[str]:
    """The texts without an English translation."""
    return [_first(message) for message in _texts(catalogue) if not all(_strings(message))]


def po_text(catalogue: Catalog) -> str:
    """The catalogue for translators: sorted, without line numbers or dates, so that two people's changes rarely meet."""
    out = io.BytesIO()
    write_po(out, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    return _HEADER + out.getvalue().decode().strip() + "\n"


def _is_ours(folder: str | Path) -> bool:
    return Path(folder).name not in {"static", "translations", "__pycache__", "node_modules"} and not Path(folder).name.startswith(".")


def _texts(catalogue: Catalog) -> Iterable[Message]:
    return (message for message in catalogue if message.id)


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _strings(message: Message) -> tuple[str, ...]:
    if isinstance(message.string, tuple | list):
        return tuple(message.string)
    return (message.string or "",)


def _same_shape(known: Message, message: Message) -> bool:
    return isinstance(known.id, str) == isinstance(message.id, str)


def main() -> int:
    """Bring the file up to date; 1 while a translation is missing."""
    catalogue = merged(collected(), written())
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "messages.po").write_text(po_text(catalogue), encoding="utf-8")
    missing = untranslated(catalogue)
    for text in missing:
        print(f"untranslated: {text}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
