"""Readings to segments: which quantity belongs to which stretch of time."""
