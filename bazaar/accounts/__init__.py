"""Accounts: who may enter, with what, for how long, and the trace that people's changes leave."""
