"""Giliran: fair turns, reminders and books for a live-stream bazaar.

A map, from the top down; a line may import its own and those below it. ARCHITECTURE.md has the whole, tests/test_architecture.py checks.

    web/                                   pages, the API and the commands; the only package that knows Flask
    demo/ backup                           the sample edition, played through the use cases; a copy of the database
    outside                                the real world in one frozen object: clock, channels, links, the planner
    editions/ closings/ live/ exports/     build and publish the rotation; freeze the books; what is on now; calendars
    reminders/ sales/ vendors/ accounts/   the outbox; the sale log; the vendors; who may enter
    turns planner                          the published turns; the planner in a process of its own
    database                               one engine profile, one way to open a transaction
    rotation/                              the planner: pure, data in, plan and reasons out
    leash                                  runs a module as a child that dies with its parent
    clock states money lines localtime phones web_address slugs refusals settings tokens      small vocabulary without state
"""
