"""Channels: one file for each way a message travels; `base` holds what they share."""
