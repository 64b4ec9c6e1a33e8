"""Measurements of the service beside the plainest way to do the same work, on the same rows in one run."""
