"""Checks before publishing, over printed tables and over live disclosures."""
