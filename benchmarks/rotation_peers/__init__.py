"""Other ways to make a rotation, each a program of its own that knows nothing of Giliran: a problem file in, a plan out.

    PYTHON -m benchmarks.rotation_peers.NAME PROBLEM.json SECONDS

Each prints one JSON document {"first": seconds to the first plan, "seconds": all of them, after import, "plan": {slot: vendor|null},
"note": what it could not be told}. `benchmarks/rotation.py` makes the environments and judges the plans.
"""
