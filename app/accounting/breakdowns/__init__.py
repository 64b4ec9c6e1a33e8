"""Metrics taken apart by month, resource, gas and plant, line by line."""
