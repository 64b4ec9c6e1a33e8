"""The disclosure of now or of an instant: its figures, comparatives, lineage, and what a change would move."""
