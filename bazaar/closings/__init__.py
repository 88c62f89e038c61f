"""Closings: the books of a turn, frozen once, and what arrives after."""
