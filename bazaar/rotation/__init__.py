"""The planner: pure data in, plan, score, bounds and reasons out. No database, Flask, clock, network or hidden dice."""
