"""The forms about a channel: its account, made of what is known of its kind, and the address of a trial."""

from collections.abc import Mapping
from typing import Any

from wtforms import PasswordField
from wtforms.validators import Regexp

from bazaar.reminders.channel_settings import AccountValues
from bazaar.reminders.channels.kinds import KINDS, Address, Field
from bazaar.states import ChannelName
from bazaar.web.organizer.fields import DeskForm, Line, Phone, Seen, Whole, at_most, needed, strip

_LARGEST_LIMIT = 1_000_000
_LONGEST = 1000


class Secret(PasswordField):  # type: ignore[misc] # WTForms has no types here
    """Something that is written once and never shown again, not even in a form that was refused."""

    data: Any

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, [at_most(_LONGEST)], filters=[strip], **kwargs)


class _AccountForm(DeskForm):
    """One channel's account: its fields are those of its kind, each with a line of help."""

    revision = Seen()
    daily_limit = Whole("Batas sehari", 1, _LARGEST_LIMIT, is_optional=True)
    kind_fields: tuple[Field, ...] = ()
    kept: frozenset[str] = frozenset()

    @property
    def entries(self) -> list[tuple[Any, str, str]]:
        """(field, help, example) in the order of the kind."""
        return [(self[field.name], self._help(field), "" if field.is_secret else field.example) for field in self.kind_fields]

    def typed(self) -> dict[str, str]:
        """What was written, by field."""
        return {field.name: self[field.name].data or "" for field in self.kind_fields}

    @property
    def loses_secrets(self) -> bool:
        """Whether something secret was typed that the page does not show again."""
        return bool(self.wrong_fields) and any(field.is_secret and self[field.name].data for field in self.kind_fields)

    def _help(self, field: Field) -> str:
        if field.name in self.kept:
            return "Tersimpan. Kosongkan untuk tetap."
        more = "Kosongkan, kami buatkan." if field.is_made_up else "Boleh kosong." if field.is_optional else ""
        example = f"Contoh: {field.example}" if field.example else ""
        return " ".join(filter(None, (field.hint, more, example)))


def account_form(values: AccountValues, *, is_saved: bool = False) -> _AccountForm:
    """The form of an account as it is kept; what was sent comes on top, unless `is_saved`."""
    kind_fields = KINDS[values.channel].fields
    made: dict[str, Any] = {"kind_fields": kind_fields, "kept": values.kept}
    for field in kind_fields:
        made[field.name] = Secret(field.label) if field.is_secret else Line(field.label, length=_LONGEST)
    form = type("AccountForm", (_AccountForm,), made)
    data = {"revision": values.revision, "daily_limit": values.daily_limit, **values.fields}
    return form(formdata=None, data=data) if is_saved else form(data=data)  # type: ignore[no-any-return] # made a line above


class _TrialForm(DeskForm):
    """Where a trial goes."""

    address: Any


def trial_form(channel: ChannelName) -> _TrialForm:
    """The form that asks for an address as the channel needs it."""
    fields: Mapping[Address, Any] = {
        Address.PHONE: Phone("Nomor HP Anda", needs="Tulis nomor HP Anda. Contoh: 0812 0000 1024."),
        Address.EMAIL: Line(
            "E-mail Anda",
            [
                needed("Tulis alamat e-mail Anda."),
                Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+", message="Alamat ini tidak lengkap. Contoh: siti@contoh.id."),
            ],
            length=254,
        ),
        Address.CHAT: Line(
            "Nomor obrolan Telegram Anda",
            [needed("Tulis nomor obrolannya. Contoh: 512345678."), Regexp(r"-?\d{3,20}", message="Hanya angka. Contoh: 512345678.")],
        ),
    }
    return type("TrialForm", (_TrialForm,), {"address": fields[KINDS[channel].address]})()  # type: ignore[no-any-return] # made in this line
