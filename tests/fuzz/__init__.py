"""Requests that are made from our own document, a few of each operation."""
