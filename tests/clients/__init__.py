"""The clients that are shipped, against a running service."""
