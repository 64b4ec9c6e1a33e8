"""Changing organizations, plants, meters and resources, while nobody writes readings that are judged by them."""
