"""Frameworks, datapoints, disclosures, previews and publications."""
