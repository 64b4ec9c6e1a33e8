"""Readings and buckets as columns, their versions, and the bytes they are packed into."""
