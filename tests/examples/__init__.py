"""Worked examples, readable by an auditor, run through the HTTP API."""
