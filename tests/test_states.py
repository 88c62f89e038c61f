"""The words that the schema stores."""

from enum import StrEnum

import pytest

from bazaar import states

KINDS = [kind for kind in vars(states).values() if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_word_is_a_plain_one_that_fits_its_column(kind: type[StrEnum]) -> None:
    words = [member.value for member in kind]

    assert all(word.replace("_", "").isalpha() and word.islower() and len(word) <= 24 for word in words)
    assert len(set(words)) == len(words)


def test_a_delivery_is_open_only_while_something_may_still_be_done() -> None:
    open_words = {state.value for state in states.OPEN_DELIVERY_STATES}

    assert open_words == {"planned", "claimed", "retry_wait", "waiting_for_hand", "unknown"}
