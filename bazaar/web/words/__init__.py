"""What people read when the rules say no: one file for each feature, a sentence in Indonesian and English for each code."""
