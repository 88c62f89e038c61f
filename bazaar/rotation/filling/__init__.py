"""Stage 1, parts hard to turns_sq: everybody placed, guarantees kept, turns even. Begin with `fill`.

first_plan, chains: a plan that is nearly always the best one. counting, fill_bounds, window_flow: what no plan can beat, without a
search. kinds, programme, exact_fill: the whole-number programme for what is left. pins: fixed slots that contradict each other.
roster: who stands where, in arrays.
"""
