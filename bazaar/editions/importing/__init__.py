"""Importing vendors, products, history, live sessions and viewers from a sheet: read, check, name every problem, store all or nothing.

`table.py` reads the file, one file for each kind knows its columns, `run.py` checks and stores, `sheets.py` writes templates and exports.
"""
