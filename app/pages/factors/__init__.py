"""Emission factors, calorific values and pins: which count and why, and the forms that state an organization's own."""
