"""Activity to the figures a framework asks for: live, checked, published, exported, and held against each other."""
