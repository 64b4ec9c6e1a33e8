"""Readings from outside: posted, read back, amended, mapped, rolled up."""
