"""Stage 3, parts adj to wish_miss: neighbours, repetition, spacing, wishes, by moves that leave all above. Begin with `polish`.

groups, reassign, extra_turns: which turns are given out anew together, and how. polish_bounds, category_bounds, spacing_bounds,
turn_ranges: what no plan can beat. board, wishes: who stands where, in arrays.
"""
