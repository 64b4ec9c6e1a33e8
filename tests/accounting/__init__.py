"""Factors, their selection, activity data, energy and emissions: the rules, without a database."""
