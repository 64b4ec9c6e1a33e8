"""Bodies of readings to columns: JSON, NDJSON and CSV, by vectors where rows are alike."""
