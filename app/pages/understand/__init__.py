"""Following a figure to its terms, a term to its months, days and readings, and a reading to who sent it."""
