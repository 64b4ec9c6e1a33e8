"""What the service does of HTTP beside its own contract."""
