"""Figures that people bring: monthly ones typed or pasted into a grid."""
