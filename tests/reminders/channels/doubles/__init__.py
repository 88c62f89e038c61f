"""Doubles of what channels speak to: real servers on this machine, with a memory and with faults on demand.

`server.py` is what most of them share; each service is a file, and runs by hand too:
`python -m tests.reminders.channels.doubles.whatsapp --port 9001 --report-to http://127.0.0.1:8000/...`.
"""
