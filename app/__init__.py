"""The ESG metrics service: meter readings in, the annual disclosure table out."""

import gc

gc.set_threshold(50_000, 20, 100)
"""The interpreter looks for cycles seldom. Nobody else gets on meanwhile: looking at all that a serving process has
remembered took up to 90 ms, and came with every few large bodies; while everything was imported, a quarter of the time
went by looking at classes and functions, none of which ever goes. What counting references leaves behind, small cycles,
is still found."""
