"""The shape of a refusal's wording."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """What is wrong and what to do, in Indonesian and English, with `{value}` places; `status` is the HTTP status."""

    status: int
    id: str
    en: str
