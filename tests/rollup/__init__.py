"""Readings to buckets: worked cases, properties and forced interleavings."""
