"""Metrics, targets and permit limits from outside."""
