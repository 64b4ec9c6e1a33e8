"""Single readings wherever they lie: what stands, what stood, what is remembered, and folding them into pages."""
