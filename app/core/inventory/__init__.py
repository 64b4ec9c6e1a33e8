"""What meters and resources are, and what their definitions must satisfy."""
