"""Work that runs by itself: what, when, and the runner."""
