"""How many slots change hands in a repair, as terms of a whole-number programme whose kinds of slots are fine."""

from bazaar.rotation.filling.programme import Programme, Term
from bazaar.rotation.stage import NOBODY


def changes_in(programme: Programme) -> tuple[list[Term], int]:
    """(terms, constant): the part `changes` is both together. Nothing where nothing is published.

    A slot that had somebody counts until the same vendor comes again; one that had nobody counts when anybody comes.
    """
    firm, instance = programme.firm, programme.firm.instance
    if instance.published is None or instance.problem.published is None:
        return [], 0
    before = instance.published.tolist()
    was_filled = [instance.problem.published.get(slot.id) is not None for slot in instance.problem.slots]
    stands = (firm.holders != NOBODY) & ~programme.pins.is_over
    constant = int((firm.holders[stands] != instance.published[stands]).sum())
    terms: list[Term] = []
    for slots in programme.kinds:
        constant += sum(was_filled[slot] for slot in slots.tolist())
    for vendor, own in enumerate(programme.taken):
        for column, kind in own:
            slot = int(programme.kinds[kind][0])  # all of a kind had the same vendor
            terms += _term(column, is_back=before[slot] == vendor, was_filled=was_filled[slot])
    for vendor, choices in programme.chosen.items():
        for column, choice in choices:
            for slot in choice.slots:
                if not programme.pins.is_over[slot]:
                    terms += _term(column, is_back=before[slot] == vendor, was_filled=was_filled[slot])
    return terms, constant


def _term(column: int, *, is_back: bool, was_filled: bool) -> list[Term]:
    if is_back:
        return [(column, -1)]
    return [] if was_filled else [(column, 1)]
