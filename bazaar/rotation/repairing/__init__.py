"""Repairs of what was published: with the fewest changes, or with some more. Begin with `replan` and `frontier`.

repair, reseat, owed, least, repair_model, turn_bound: the fewest changes and their proof. exact_repair: what these leave open,
where the problem is small. handovers: a search for what further changes even out. afresh: where that ends. patterns,
pattern_program, exact_steps: the best points for each number of changes, and their proof. steps: one choice of a frontier, as pages
read it.

Exact are the fewest changes; turns and points at each number of changes where a step says so, which at ordinary sizes is nearly
everywhere the effort reaches (see `frontier`). Nothing below `hard` is proved where what is fixed contradicts itself (see `repair`).
"""
