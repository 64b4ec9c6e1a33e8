"""Choosing factors: what ships, what an organization adds, and which of them holds for an activity on a day."""
