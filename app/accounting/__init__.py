"""Buckets to activity, energy and emissions: factors chosen and explained, amounts that carry their terms."""
