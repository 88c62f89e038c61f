"""How a rule says no: a code and the values that explain it, never a sentence.

`bazaar.web.errors` words every code in Indonesian and English; `bazaar.web.commands` does the same for the command line.
"""


class Refusal(Exception):  # noqa: N818 (the glossary's word; it is an answer, not a fault)
    """The rules said no. `code` is snake_case and listed in `bazaar/web/refusal_texts.py`; `values` fill its sentence."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.code}({details})"
