"""The metrics as data, and computing them over a ledger."""
