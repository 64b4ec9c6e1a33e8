"""Publications, their drift and their verification."""
