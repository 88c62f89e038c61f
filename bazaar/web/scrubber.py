"""Keeps secrets out of the logs: whatever is logged, tokens of links and cookies and people's phone numbers are blotted out first.

Python's own loggers pass through here, granian's access log included. A reverse proxy in front writes a log of its own: see the
`log_format` in docs/operating.md, which leaves the paths of links out.
"""

import logging
import re
from typing import Any

_BLOT = "•••"
_SECRETS = (
    (re.compile(r"(/(?:g|h|mulai|undangan|sandi-baru|masuk/tautan)/)[^/\s\"'?&#]+"), rf"\1{_BLOT}"),
    (re.compile(r"(%2F(?:g|h|mulai|undangan|sandi-baru|masuk%2Ftautan)%2F)[^%/\s\"'?&#]+", re.IGNORECASE), rf"\1{_BLOT}"),
    (re.compile(r"(/kabar/[^/\s]+/fonnte/)[^/\s\"'?&#]+"), rf"\1{_BLOT}"),
    (re.compile(r"(hub\.verify_token=)[^\s\"'&#]+"), rf"\1{_BLOT}"),
    (re.compile(r"(\bBearer\s+)\S+", re.IGNORECASE), rf"\1{_BLOT}"),
    (re.compile(r"(?<![\w-])[A-Za-z0-9_-]{43}(?![\w-])"), _BLOT),
    (re.compile(r"(?<!\d)(\+62\d{2}|62\d{2}|08\d)\d{5,9}(?!\d)"), rf"\1{_BLOT}"),
)
_formatter = logging.Formatter()


def scrub(text: str) -> str:
    """The text with every secret blotted out."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class Scrubber(logging.Filter):
    """Blots secrets out of a record: its message and the traceback that would be printed below it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through, changed where needed."""
        message = record.getMessage()
        if (clean := scrub(message)) != message:
            record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = scrub(_formatter.formatException(record.exc_info))
        return True


def scrub_logs() -> None:
    """Scrub every record of this process as it is made: handlers come later than this and from many sides, so a filter on each
    of them would miss some. Calling it again changes nothing."""
    made_by = logging.getLogRecordFactory()
    if getattr(made_by, "scrubs", False):
        return
    scrubber = Scrubber()

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made_by(*args, **kwargs)
        scrubber.filter(record)
        return record

    factory.scrubs = True  # type: ignore[attr-defined] # the mark rides on the function
    logging.setLogRecordFactory(factory)
