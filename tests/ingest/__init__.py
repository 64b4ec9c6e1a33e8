"""Bytes to stored readings, stage by stage and end to end."""
