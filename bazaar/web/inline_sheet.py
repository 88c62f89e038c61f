"""The vendor page's one stylesheet as text inside the page: no second request, and a hash that the Content-Security-Policy names."""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bazaar.web.filters import STATIC_DIR

_SHEETS = ("tokens", "base", "vendor")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_DECLARATION = re.compile(r"(?<![\w-])(--[\w-]+):([^;{}]*);?")  # not the end of `.btn--main:hover`
_IMAGE = re.compile(r"""url\("\.\./(img/[\w-]+\.svg)"\)""")


@dataclass(frozen=True)
class InlineSheet:
    """CSS for a `<style>` element, the policy that admits exactly this text, and the favicon as a data: URI."""

    css: str
    content_security_policy: str
    favicon: str


@lru_cache(maxsize=1)
def vendor_sheet() -> InlineSheet:
    """The sheet of the vendor's page. Made once in a process."""
    css = _packed("\n".join((STATIC_DIR / "css" / f"{name}.css").read_text(encoding="utf-8") for name in _SHEETS))
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return InlineSheet(
        css=css,
        content_security_policy=(
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        favicon=data_uri(STATIC_DIR / "img" / "favicon.svg"),
    )


def data_uri(path: Path) -> str:
    """An SVG file as a data: URI that may stand in double quotes; percent signs only where they must."""
    text = path.read_text(encoding="utf-8").strip().replace('"', "'")
    for sign, code in (("%", "%25"), ("#", "%23"), ("<", "%3C"), (">", "%3E")):
        text = text.replace(sign, code)
    return f"data:image/svg+xml,{text}"


def _packed(css: str) -> str:
    """The same rules without comments, webfont, spare blanks and tokens that no rule uses; images put in."""
    css = _FONT_FACE.sub("", _COMMENT.sub("", css))
    css = _without_unused_tokens(css)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", css).replace(": ", ":").replace(";}", "}")
    css = re.sub(r"[^{}]+\{\}", "", css).strip()
    return _IMAGE.sub(lambda match: f'url("{data_uri(STATIC_DIR / match[1])}")', css)


def _without_unused_tokens(css: str) -> str:
    """A token may be used by another token only, so look again until nothing goes."""

    def keep_if_used(match: re.Match[str]) -> str:
        return match[0] if f"var({match[1]}" in match.string else ""

    while (kept := _DECLARATION.sub(keep_if_used, css)) != css:
        css = kept
    return css
