"""Datapoints: what is stated of a year, over HTTP on both databases, and both printed tables in full."""
