"""Example data: two companies' printed annual totals, spread over synthetic meter readings."""
