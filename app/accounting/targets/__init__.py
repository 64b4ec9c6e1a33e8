"""Targets: base years, how a year stands, and where a running one is heading."""
