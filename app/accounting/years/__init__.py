"""A reporting year opened: stored rows and rollups put together to the ledger its figures are made from."""
