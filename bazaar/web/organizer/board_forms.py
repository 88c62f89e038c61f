"""The form of the board: how to build a draft."""

from wtforms import BooleanField, RadioField

from bazaar.web.organizer.fields import DeskForm, Whole

_LARGEST_SEED = 2**31 - 1
KEEP, AFRESH = "tetap", "ulang"


class BuildForm(DeskForm):
    """Change little or draw afresh; which draw."""

    way = RadioField("Cara menyusun", choices={KEEP: "Ubah sesedikit mungkin", AFRESH: "Bagi ulang dari awal"}, default=KEEP)
    keep_soon = BooleanField("Jangan pindahkan giliran dalam 24 jam ini")
    seed = Whole("Nomor undian", 0, _LARGEST_SEED, is_optional=True)

    @property
    def is_afresh(self) -> bool:
        """Whether all that has not begun is drawn afresh."""
        return bool(self.way.data == AFRESH)
