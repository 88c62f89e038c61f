"""What no plan can beat in adj, rep, spacing and wish_miss, given the reported values of the parts above."""

from bazaar.rotation.instance import Instance
from bazaar.rotation.stage import Holders


def polish_bounds(instance: Instance, holders: Holders) -> dict[str, int | None]:
    return {"adj": 0, "rep": 0, "spacing": 0, "wish_miss": 0}
