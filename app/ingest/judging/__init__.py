"""Judging rows: known meter, readable instant, plausible value, new or known."""
