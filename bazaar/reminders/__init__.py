"""Reminders: when one is due (policy), which rows exist (plan), what they say (compose), how they leave (dispatch)."""
