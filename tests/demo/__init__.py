"""The example companies and their generator."""
