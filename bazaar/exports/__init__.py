"""Exports: what leaves Giliran in other people's formats (calendars, sheets)."""
