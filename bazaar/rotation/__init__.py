"""The planner: pure data in, plan, score, bounds and reasons out. No database, Flask, clock, network or hidden dice.

Begin reading with `problem` (what is asked), then `score` (what is fair: twelve whole numbers), then `solve` (the stages, one after
the other). `filling`, `balancing` and `polishing` are those stages, `repairing` mends what was published, `reasons` explains.
`checked` reads files strictly; `__main__` is the command line.
"""
