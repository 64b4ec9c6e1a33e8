"""Factors, calorific values, instruments, potentials and market areas."""
