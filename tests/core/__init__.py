"""The vocabulary: quantities, plant time and units."""
