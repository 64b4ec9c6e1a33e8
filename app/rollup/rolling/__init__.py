"""Bringing stored buckets up to date: what arrived added, dirty days made anew, both proved against a rebuild."""
