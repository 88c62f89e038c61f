"""Editions: their live sessions and slots, building a rotation, publishing it, and the pages that show both."""
