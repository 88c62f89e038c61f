"""How one speaks to a vendor: the form of address that stands before the owner's name."""

_FORMS = {
    "Ibu": {"bu", "ibu", "bunda", "hj", "hajah", "nyai", "bude", "budhe"},
    "Bapak": {"pak", "bapak", "h", "haji", "kh", "kyai", "kiai", "ustaz", "ustadz", "abah", "pakde", "pakdhe"},
    "Mbak": {"mbak", "mba", "ning", "neng", "kak", "teh"},
    "Mas": {"mas", "cak", "gus", "kang", "bang", "dik"},
}
NOBODY_IN_PARTICULAR = "Anda"


def form_of_address(owner_name: str) -> str:
    """`Bu Siti Aminah` -> `Ibu`, `Pak Sugeng` -> `Bapak`, `Mbak ...`, `Mas ...`; a name without one is spoken to as `Anda`."""
    first = owner_name.strip().partition(" ")[0].rstrip(".").lower()
    return next((form for form, written in _FORMS.items() if first in written), NOBODY_IN_PARTICULAR)
