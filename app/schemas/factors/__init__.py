"""Factors, calorific values, instruments and potentials from outside."""
