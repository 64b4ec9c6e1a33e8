"""What runs by itself and who may act: jobs, sources, receivers, keys, users, and the log of what was changed."""
