"""Stacks: the pollutants they emit, from concentration and flow, and how permit limits were kept."""
