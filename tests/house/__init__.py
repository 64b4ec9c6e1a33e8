"""The house itself: what no linter holds."""
