"""Metrics, permit limits and targets: the rules without a database, and the answers over HTTP on both."""
