"""The organizer's desk, one file for each tab."""
