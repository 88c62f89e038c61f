"""Rupiah: whole integers in, the way people in Indonesia write and read them out."""

import re

LARGEST_AMOUNT = 1_000_000_000_000
"""No single amount may pass this (one trillion rupiah); a larger one is a typing mistake."""

_UNITS = {"": 1, "rb": 1_000, "ribu": 1_000, "k": 1_000, "jt": 1_000_000, "juta": 1_000_000}
_AMOUNT = re.compile(r"(?:rp\.?)?\s*(?P<figure>\d[\d.,]*?)\s*(?P<unit>rb|ribu|k|jt|juta)?\s*(?:,-|\.-|,00)?")


def format_rupiah(amount: int) -> str:
    """`1250000` -> `Rp1.250.000`; negative amounts carry the sign before the currency."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp{abs(amount):,}".replace(",", ".")


def parse_rupiah(text: str) -> int:
    """The amount a person meant, in whole rupiah: `15rb`, `1,5 jt`, `Rp 15.000,-`, `15000`.

    A dot or comma followed by exactly three digits separates thousands when no unit follows; before a unit it is a
    decimal sign (`1.500` is 1500, `1.5jt` is 1 500 000). Raises ValueError when the text is no whole amount.
    """
    match = _AMOUNT.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"not an amount in rupiah: {text!r}")
    factor = _UNITS[match["unit"] or ""]
    amount = _scaled(match["figure"], factor)
    if amount > LARGEST_AMOUNT:
        raise ValueError(f"amount too large: {text!r}")
    return amount


def _scaled(figure: str, factor: int) -> int:
    if figure.isdigit():
        return int(figure) * factor
    has_thousands = len(re.findall(r"[.,]", figure)) > 1
    if factor == 1 or has_thousands:
        if not re.fullmatch(r"\d{1,3}(\.\d{3})+|\d{1,3}(,\d{3})+", figure):
            raise ValueError(f"not an amount in rupiah: {figure!r}")
        return int(re.sub(r"[.,]", "", figure)) * factor
    whole, decimals = re.split(r"[.,]", figure, maxsplit=1)
    if not decimals.isdigit():
        raise ValueError(f"not an amount in rupiah: {figure!r}")
    scaled, rest = divmod(int(whole + decimals) * factor, int("1" + "0" * len(decimals)))
    if rest:
        raise ValueError(f"not a whole amount in rupiah: {figure!r}")
    return scaled
