"""Pages of readings: found, read, written and replaced, in the database and in files of the archive."""
