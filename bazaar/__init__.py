"""Giliran: fair turns, reminders and books for a live-stream bazaar.

A map, from the bottom up (a line may import only lines below it; `tests/test_architecture.py` checks it):

    web/                                   pages and the API; the only package that knows Flask
    outside.py                             the real world in one frozen object: clock, channels, links
    editions/ closings/ live/ exports/     build and publish the rotation; freeze the books; what is on now
    reminders/ sales/ vendors/ accounts/   the outbox; the sale log; the vendors; who may enter
    database.py                            one engine profile, one way to open a transaction
    rotation/                              the planner: pure, data in, plan and reasons out
    clock states money localtime phones refusals settings links      small vocabulary without state
"""
