"""Exact quantities, and the units they are in."""
