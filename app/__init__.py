"""The ESG metrics service: meter readings in, the annual disclosure table out."""
