"""Base years of targets as they are frozen and recalculated."""
