"""HTTP bytes to stored readings: decode, judge, write."""
