"""Sales: entries that phones and laptops append while the stream runs, and the orders they become."""
