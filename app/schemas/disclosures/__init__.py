"""Frameworks, disclosures and publications from outside."""
