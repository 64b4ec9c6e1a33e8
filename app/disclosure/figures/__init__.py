"""Figures of a framework: a metric's exact amount, or what was stated, as it is shown; and the books they come from."""
