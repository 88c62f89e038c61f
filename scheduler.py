"""The scheduler process: APScheduler as a clock only. A beat wakes the worker thread, which calls one use case. `--once` runs each once."""
