"""What moved since a publication and why, and whether a publication still verifies."""
