"""The log of events, and those who follow it."""
