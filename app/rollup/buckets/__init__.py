"""Segments to buckets: hours, days, months and years."""
