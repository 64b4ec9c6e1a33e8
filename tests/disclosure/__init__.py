"""Frameworks, figures and lineage."""
