"""Trials with real data that is not shipped."""
