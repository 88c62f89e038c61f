"""Repairs of what was published: with the fewest changes, or with some more. Begin with `replan` and `frontier`.

repair, reseat, owed, least, repair_model, turn_bound: the fewest changes and their proof. exact_repair: what these leave open,
where the problem is small. handovers: what further changes even out. afresh: where that ends. steps: one choice of a frontier, as pages
read it.

Exact are the fewest changes, turns at each number of changes where a step says so, and the last step as far as the free draw is proved;
points in between are searched (see `frontier`). Nothing below `hard` is proved where what is fixed contradicts itself (see `repair`).
"""
