"""Stored buckets: read, replaced and added to, and what the roller takes to make them."""
