"""Form fields of the organizer's desk: they read what people type (15rb, 0812…, 19.30) and answer in Indonesian what to do."""

import re
from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, Field, HiddenField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, TelInput, TextInput

from bazaar.lines import one_line, several_lines
from bazaar.localtime import DAY_NAMES
from bazaar.money import format_rupiah, parse_rupiah
from bazaar.phones import PhoneError, parse_callable_phone, parse_phone, show_phone
from bazaar.vendors.availability import DaysOff, DaysOffError, format_days_off, parse_days_off

_CLOCK = re.compile(r"([01]?\d|2[0-3])[.:]?([0-5]\d)")
_PHONE_SENTENCES = {
    "not_a_number": "Ini bukan nomor telepon. Contoh: 0812 0000 1024.",
    "wrong_length": "Jumlah angkanya tidak pas. Contoh: 0812 0000 1024.",
    "landline": "Ini nomor telepon rumah. WhatsApp butuh nomor HP, contoh: 0812 0000 1024.",
}
_SENTENCES = {
    "Not a valid integer value.": "Isi dengan angka bulat, contoh: 3.",
    "Not a valid date value.": "Isi dengan tanggal, contoh: 2026-05-04.",
    "Not a valid choice.": "Pilih salah satu dari daftar.",
    "Invalid Choice: could not coerce.": "Pilih salah satu dari daftar.",
    "This field is required.": "Bagian ini perlu diisi.",
}


class _Indonesian:
    """What WTForms itself says, in our words. It ships no Indonesian catalogue."""

    def gettext(self, text: str) -> str:
        return _SENTENCES.get(text, text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return one if count == 1 else many


class DeskForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """A form of the organizer's desk."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc] # Flask-WTF has no types
        """WTForms' own sentences in Indonesian."""

        def get_translations(self, form: Any) -> _Indonesian:
            return _Indonesian()

    def refuse(self, field_name: str, sentence: str) -> None:
        """Put a sentence from the rules under a field."""
        field = self[field_name]
        field.errors = [*field.errors, sentence]

    @property
    def wrong_fields(self) -> list[Any]:
        """The fields that need another look, in the order of the form."""
        return [field for field in self if field.errors]


def strip(text: str | None) -> str:
    """A filter: one line, no spaces around, never None, no runs of spaces inside."""
    return one_line(text or "")


def needed(sentence: str) -> DataRequired:
    """The field may not stay empty."""
    return DataRequired(sentence)


def at_most(length: int) -> Length:
    """The text fits its column."""
    return Length(max=length, message=f"Terlalu panjang. Paling banyak {length} huruf.")


class Line(StringField):  # type: ignore[misc] # WTForms has no types here
    """One line of text."""

    def __init__(self, label: str, validators: Sequence[Any] = (), *, length: int = 120, **kwargs: Any) -> None:
        super().__init__(label, [*validators, at_most(length)], filters=[strip], **kwargs)


class Lines(TextAreaField):  # type: ignore[misc] # WTForms has no types here
    """Several lines of text."""

    def __init__(self, label: str, validators: Sequence[Any] = (), *, length: int = 2000, **kwargs: Any) -> None:
        super().__init__(label, [*validators, at_most(length)], filters=[lambda text: several_lines(text or "")], **kwargs)


class Seen(HiddenField):  # type: ignore[misc] # WTForms has no types here
    """What the form was made from: a revision or a fingerprint. A form that comes back without it has seen nothing."""

    data: Any

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = valuelist[0] if valuelist else ""


class Whole(IntegerField):  # type: ignore[misc] # WTForms has no types here
    """A whole number; an empty field is None where `is_optional`. Limits that only the use case knows are -inf and inf here."""

    data: Any

    def __init__(self, label: str, low: float, high: float, *, is_optional: bool = False, **kwargs: Any) -> None:
        self.low, self.high, self.is_optional = low, high, is_optional
        super().__init__(label, **kwargs)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            super().process_formdata([text])

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation
        if self.data is None:
            if not self.is_optional:
                raise StopValidation("Bagian ini perlu diisi dengan angka.")
        elif not self.low <= self.data <= self.high:
            raise StopValidation(f"Isi antara {self.low} dan {self.high}.")


class Written(Field):  # type: ignore[misc] # WTForms has no types here
    """A value that people write in a way of their own; what they wrote is shown again when it cannot be read."""

    widget = TextInput()
    empty: Any = None

    def __init__(self, label: str, *, needs: str = "", **kwargs: Any) -> None:
        self.needs = needs
        self.written: str | None = None
        super().__init__(label, **kwargs)

    def read(self, text: str) -> Any:
        """The value. Raises ValueError with a sentence for the reader."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """The value as a person would write it."""
        raise NotImplementedError

    def _value(self) -> str:
        if self.written is not None:
            return self.written
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if not valuelist:
            return
        self.written = valuelist[0]
        text = strip(valuelist[0].replace("\r\n", "\n").replace("\n", ";")) if valuelist[0] else ""
        self.data = self.read(text) if text else self.empty

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation
        if self.needs and (self.data is None or self.data == self.empty):
            raise StopValidation(self.needs)


class Phone(Written):
    """A mobile number; the value is E.164."""

    widget = TelInput()

    def read(self, text: str) -> str:
        try:
            return parse_phone(text)
        except PhoneError as error:
            raise ValueError(_PHONE_SENTENCES[error.reason]) from error

    def show(self, value: Any) -> str:
        return show_phone(value) if value else ""


class CallablePhone(Phone):
    """A number that one can call, mobile or landline; the value is E.164."""

    def read(self, text: str) -> str:
        try:
            return parse_callable_phone(text)
        except PhoneError as error:
            raise ValueError(_PHONE_SENTENCES[error.reason]) from error


class Rupiah(Written):
    """A price; the value is whole rupiah, more than nothing."""

    def read(self, text: str) -> int:
        try:
            amount = parse_rupiah(text)
        except ValueError as error:
            raise ValueError("Harga ini tidak terbaca. Contoh: 15000 atau 15rb.") from error
        if amount <= 0:
            raise ValueError("Harga harus lebih dari nol. Contoh: 15000.")
        return amount

    def show(self, value: Any) -> str:
        return format_rupiah(value)


class Clock(Written):
    """A time of day, typed as `19.30`, `19:30` or `1930`; the value is minutes since midnight.

    A plain line, for the browser's own picker says `07:30 PM` on every phone whose language is English.
    """

    def read(self, text: str) -> int:
        match = _CLOCK.fullmatch(text)
        if match is None:
            raise ValueError("Jam ini tidak terbaca. Contoh: 19.30.")
        return int(match[1]) * 60 + int(match[2])

    def show(self, value: Any) -> str:
        return f"{value // 60:02d}.{value % 60:02d}"


class DaysOffText(Written):
    """Days on which a vendor cannot come; the value is DaysOff."""

    empty = DaysOff()

    def read(self, text: str) -> DaysOff:
        try:
            return parse_days_off(text)
        except DaysOffError as error:
            raise ValueError(f"“{error.part}” bukan nama hari atau tanggal. Contoh: Jumat; 2026-05-04.") from error

    def show(self, value: Any) -> str:
        return format_days_off(value.weekdays, value.dates)


class Day(DateField):  # type: ignore[misc] # WTForms has no types here
    """A date."""

    data: Any

    def __init__(self, label: str, *, needs: str = "", **kwargs: Any) -> None:
        self.needs = needs
        super().__init__(label, **kwargs)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation
        if self.needs and self.data is None:
            raise StopValidation(self.needs)


class Choice(SelectField):  # type: ignore[misc] # WTForms has no types here
    """One of a few."""


class Ticks(SelectMultipleField):  # type: ignore[misc] # WTForms has no types here
    """Some of a few, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(
            label,
            invalid_value_message="Pilih dari daftar.",
            invalid_choice_message="Pilih dari daftar: %(value)s tidak ada di sana.",
            **kwargs,
        )


def weekday_ticks(label: str) -> Ticks:
    """Weekdays, 0 is Monday."""
    return Ticks(label, coerce=int, choices=dict(enumerate(DAY_NAMES["id"])))
