"""What was published or printed before, and where a reporting year stands."""
