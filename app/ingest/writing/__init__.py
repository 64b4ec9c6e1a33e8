"""Writing judged rows in one transaction, and changing what stands."""
