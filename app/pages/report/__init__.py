"""From the live table to the published report: prepared, approved, published, compared, and what has moved since."""
