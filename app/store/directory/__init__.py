"""The meters of an organization as the rules read them, and the calendar they stand in."""
