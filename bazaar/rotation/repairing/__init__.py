"""Repairs of what was published: with the fewest changes, or with some more. Begin with `replan` and `frontier`.

repair, reseat, least, repair_model, turn_bound: the fewest changes and their proof. handovers: what further changes even out. steps:
one choice of a frontier, as pages read it.
"""
