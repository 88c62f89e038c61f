"""Campaigns against the outbox: real scheduler processes, real local services, real signals, judged from both ends.

`stage.py` sets up the world of one campaign, `nursery.py` starts its schedulers, `judge.py` compares what the services remember with
what the database says. Each campaign is a file with one function that takes a stage, dice and a count; tests run it short,
`python -m benchmarks.outbox_faults` runs it long.
"""
