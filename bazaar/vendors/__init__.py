"""Vendors: who they are, what they sell, when they can come, and the personal links by which they see their turns."""
