"""What the figures in docs/performance.md come from; a command each, never part of the test run."""
