"""E-mail addresses as people type them and as they are stored: lower case, one line, nothing a mail header could trip over."""

import re

from bazaar.refusals import Refusal

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"'\x00-\x1f\x7f]{1,64}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_LONGEST = 254


def read_email(text: str) -> str:
    """The address in its stored form. Refuses `email_wrong`."""
    email = text.strip().lower()
    if len(email) > _LONGEST or not email.isprintable() or not _ADDRESS.fullmatch(email):
        raise Refusal("email_wrong")
    return email
