"""Readings: posted, read back, amended, pulled, rolled up, and what is wrong with them."""
