"""Looking at a meter: its day, week, month or year as a curve, beside the year before, and its usual week."""
