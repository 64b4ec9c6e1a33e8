"""What all statements share: keyset pages, columns in and out of each database, what a database refuses."""
