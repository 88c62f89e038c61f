"""Phone numbers: as people write them, as they are stored (E.164), as they are shown, as a wa.me link."""

import re
from urllib.parse import quote

import phonenumbers

_MOBILE = re.compile(r"\+628(?!00)")  # 0800 is free to call, and nobody chats there


class PhoneError(ValueError):
    """The text is no number we can use; `reason` is `not_a_number`, `wrong_length` or `landline`."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(f"{reason}: {text!r}")
        self.reason = reason


def parse_phone(text: str, *, region: str = "ID") -> str:
    """A mobile number in E.164 (`+6281200001024`). Numbers abroad are kept; an Indonesian landline is refused.

    Accepts `0812 0000 1024`, `62812...`, `+62 812-...`, `812...` and the mixed-up `+620812...`.
    """
    number = _read(text, region)
    if number.country_code == 62 and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE:
        raise PhoneError("landline", text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_callable_phone(text: str, *, region: str = "ID") -> str:
    """A number that one can call, in E.164: mobile or landline. Raises PhoneError, never with `landline`."""
    return phonenumbers.format_number(_read(text, region), phonenumbers.PhoneNumberFormat.E164)


def _read(text: str, region: str) -> phonenumbers.PhoneNumber:
    digits = text.strip().replace("\N{NO-BREAK SPACE}", " ")
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        raise PhoneError("not_a_number", text) from None
    number = _with_country_but_no_plus(digits) or number
    if not phonenumbers.is_valid_number(number):
        raise PhoneError("wrong_length", text)
    return number


def _with_country_but_no_plus(text: str) -> phonenumbers.PhoneNumber | None:
    """`62812...` without its plus would be read as an Indonesian landline or as nothing; `+620812...` names the trunk 0 too."""
    digits = "".join(character for character in text if character.isdecimal())
    if not digits.startswith("62"):
        return None
    number = phonenumbers.PhoneNumber(country_code=62, national_number=int(digits[2:].lstrip("0")[:15] or "0"))
    return number if phonenumbers.is_valid_number(number) else None


def show_phone(e164: str) -> str:
    """`0812-0000-1024` for Indonesian mobile numbers, `(0331) 486178` for landlines, international format for others."""
    if not e164.startswith("+62"):
        return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    if not e164.startswith("+628"):
        return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.NATIONAL)
    national = "0" + e164[3:]
    return "-".join(part for part in (national[:4], national[4:8], national[8:]) if part)


def mask_phone(e164: str) -> str:
    """`0812-••••-024`, abroad `+60-••••-789`: enough to recognise a number, too little to dial it."""
    start = show_phone(e164)[:4] if e164.startswith("+62") else show_phone(e164).partition(" ")[0]
    return f"{start}-••••-{e164[-3:]}"


def whatsapp_number(e164: str) -> str:
    """The number where WhatsApp can be behind it; empty for none and for Indonesian numbers that are no mobile's."""
    return e164 if _MOBILE.match(e164) or (e164 and not e164.startswith("+62")) else ""


def whatsapp_url(e164: str, text: str = "") -> str:
    """A wa.me link that opens a chat with the text typed in; a person still presses send."""
    url = "https://wa.me/" + e164.lstrip("+")
    return f"{url}?text={quote(text, safe='')}" if text else url


def contact_url(e164: str, text: str = "") -> str:
    """How to reach the number: a chat where it can have WhatsApp, else a call; empty without a number."""
    if whatsapp_number(e164):
        return whatsapp_url(e164, text)
    return f"tel:{e164}" if e164 else ""
