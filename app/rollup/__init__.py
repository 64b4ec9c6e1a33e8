"""Readings to day, month and year buckets: segments, allocation, sums."""
