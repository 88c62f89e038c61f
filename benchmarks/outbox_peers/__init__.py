"""Other ways to send what is due, each a program of its own that knows nothing of Giliran: so many jobs, all due an hour ago.

    PYTHON -m benchmarks.outbox_peers.NAME COUNT FOLDER [DATABASE_URL]

Each writes its jobs, starts its worker as it would be started after an hour's stop, and prints one JSON document {"seconds": from the
worker's start to the last line in the sink}. The sink is a file to which each job appends its number; `benchmarks/outbox_speed.py`
makes the environments, counts lines and compares.
"""
