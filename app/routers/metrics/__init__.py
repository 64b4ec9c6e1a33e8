"""Metrics, targets and permit limits."""
