"""Baskets as columns of a whole-number programme (`programme`): what a vendor takes, counted by what the slots are worth.

One column per vendor and basket, as in the pattern formulation of the cutting-stock problem (Gilmore and Gomory 1961); one row per
vendor and worth says that the basket holds as many slots of that worth as the vendor takes on all days. Whatever depends on turns
and points of a vendor alone, a square too, is then a plain factor of the column, and the relaxation is about as tight as that of
the configuration program.

Where slots have so many different worths that the baskets would be too many, baskets with the same turns and points are one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bazaar.rotation.balancing.baskets import basket_count
from bazaar.rotation.filling.programme import Programme, Term

MOST_BASKETS = 300
"""Of one vendor, beyond which baskets are told apart by turns and points only."""

Parts = tuple[int, ...]
"""What a basket holds: how many slots of each worth; or (turns, points)."""


@dataclass(frozen=True)
class Basket:
    """A column, and what it holds."""

    column: int
    turns: int
    points: int


@dataclass(frozen=True)
class Worths:
    """What a slot of each worth adds to a basket, and what a basket's parts say about turns and points."""

    parts: dict[int, Parts]
    turns: Parts
    points: Parts

    def basket(self, worths: Iterable[int]) -> Parts:
        """The basket of such slots."""
        return tuple(sum(each) for each in zip((0,) * len(self.turns), *(self.parts[worth] for worth in worths), strict=True))

    def baskets(self, begins: Iterable[Parts], worths: Iterable[int], most: int) -> list[Parts]:
        """All baskets of at most so many turns: one of the first ones, and any slots of these worths."""
        found = {parts for parts in begins if self.turns_in(parts) <= most}
        steps, fresh = [self.parts[worth] for worth in worths], found
        while fresh:
            fresh = {_sum(parts, step) for parts in fresh if self.turns_in(parts) < most for step in steps} - found
            found = found | fresh
        return sorted(found)

    def turns_in(self, parts: Parts) -> int:
        """How many slots the basket holds."""
        return sum(factor * part for factor, part in zip(self.turns, parts, strict=True))

    def points_in(self, parts: Parts) -> int:
        """What they are worth together."""
        return sum(factor * part for factor, part in zip(self.points, parts, strict=True))


def worths_of(worths: Iterable[int], most: int) -> Worths:
    """worths: of all slots. most: turns that a basket can have."""
    each = sorted(set(worths))
    if basket_count(len(each), most) > MOST_BASKETS:
        return Worths({worth: (1, worth) for worth in each}, (1, 0), (0, 1))
    return Worths({worth: tuple(int(other == worth) for other in each) for worth in each}, (1,) * len(each), tuple(each))


class BasketColumns:
    """Adds to a programme whose kinds of slots are worth the same, vendor by vendor."""

    def __init__(self, programme: Programme, most: int) -> None:
        """most: turns that anybody can have."""
        self.programme = programme
        self.weight = programme.firm.instance.weight
        self.worths = worths_of(self.weight.tolist(), most)

    def contents(self, vendor: int, most: int) -> list[Parts]:
        """The baskets that the vendor's columns can make, beside what is firm, with at most so many turns."""
        begins = [parts for _column, parts in self._chosen(vendor)] or [self.worths.basket([])]
        worths = sorted({int(self.weight[self.programme.kinds[kind][0]]) for _column, kind in self.programme.taken[vendor]})
        return self.worths.baskets(begins, worths, most)

    def add(self, vendor: int, contents: Iterable[Parts]) -> list[Basket]:
        """A column for each of these baskets: exactly one is taken, and holds what the vendor takes."""
        programme, baskets = self.programme, []
        rows: list[list[Term]] = [[] for _ in self.worths.turns]
        for parts in contents:
            baskets.append(Basket(programme.add_whole(1), self.worths.turns_in(parts), self.worths.points_in(parts)))
            _add_terms(rows, baskets[-1].column, parts, -1)
        for column, parts in [*self._taken(vendor), *self._chosen(vendor)]:
            _add_terms(rows, column, parts, 1)
        programme.require([(basket.column, 1) for basket in baskets], 1, 1)
        for row in rows:
            programme.require(row, 0, 0)
        return baskets

    def _taken(self, vendor: int) -> list[tuple[int, Parts]]:
        kinds = self.programme.kinds
        return [(column, self.worths.basket([int(self.weight[kinds[kind][0]])])) for column, kind in self.programme.taken[vendor]]

    def _chosen(self, vendor: int) -> list[tuple[int, Parts]]:
        choices = self.programme.chosen.get(vendor, [])
        return [(column, self.worths.basket(self.weight[list(choice.slots)].tolist())) for column, choice in choices]


def _sum(parts: Parts, more: Parts) -> Parts:
    return tuple(a + b for a, b in zip(parts, more, strict=True))


def _add_terms(rows: list[list[Term]], column: int, parts: Parts, factor: int) -> None:
    for row, count in zip(rows, parts, strict=True):
        if count:
            row.append((column, factor * count))
