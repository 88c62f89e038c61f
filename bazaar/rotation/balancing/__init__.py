"""Stage 2, parts dev_max and dev_sq: points with credit even, turns as they are. Begin with `balance`.

baskets, configuration, branching, levels: how even points could be if only baskets mattered, which is the bound. targets,
placement, aiming, exchange, empty: from a filled plan to one that stands on the bound. places: who holds which place, in arrays.
"""
