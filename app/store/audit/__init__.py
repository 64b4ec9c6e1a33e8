"""The audit log: what of a transaction is a change of meaning, and the chain that it is appended to."""
