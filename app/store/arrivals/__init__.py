"""What came in and is not in pages yet: the log of arrivals, its batches, marks, additions, and entering it."""
