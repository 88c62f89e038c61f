"""Live: what is on now and next, and how open pages learn that something changed."""
