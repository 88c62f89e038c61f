"""Languages of vendors and live sessions: names as people write them, codes as rules compare them."""

_CODES = {"indonesia": "id", "jawa": "jv", "madura": "mad", "inggris": "en", "sunda": "su", "bali": "ban", "arab": "ar", "mandarin": "zh"}
_NAMES = {code: name.capitalize() for name, code in _CODES.items()}

KNOWN_LANGUAGES = tuple((code, name) for code, name in _NAMES.items())
"""(code, name) of the languages a form offers."""


def code_of(name: str) -> str:
    """`Jawa` -> `jv`; a language we have no code for is its own name in lower case."""
    return _CODES.get(name.lower(), name.lower())


def name_of(code: str) -> str:
    """`jv` -> `Jawa`."""
    return _NAMES.get(code, code.capitalize())
