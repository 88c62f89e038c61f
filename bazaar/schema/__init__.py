"""The schema in the order of its story, a file for each chapter: people, plans, turns, telling, selling, order. Import from `models`."""
