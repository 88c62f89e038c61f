"""How a rule says no: a code and the values that explain it, never a sentence.

`bazaar.web.words` holds the sentence of every code in Indonesian and English; `bazaar.web.errors` makes it a page or JSON,
`bazaar.web.commands` a line on the terminal.
"""


class Refusal(Exception):  # noqa: N818 (the glossary's word; it is an answer, not a fault)
    """The rules said no. `code` is snake_case and worded in `bazaar/web/words`; `values` fill its sentence."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.code}({details})"
