"""The shape of a refusal's wording."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bazaar.localtime import date_text


@dataclass(frozen=True)
class Sentence:
    """What is wrong and what to do, in Indonesian and English, with `{value}` places; `status` is the HTTP status."""

    status: int
    id: str
    en: str

    def text(self, language: str, values: Mapping[str, object] | None = None) -> str:
        """The sentence with its values; days as people write them."""
        shown = {name: date_text(value, language) if isinstance(value, date) else value for name, value in (values or {}).items()}
        return (self.en if language == "en" else self.id).format(**shown)
