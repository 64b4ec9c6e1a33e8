"""Time as plants live it: instants, local days, reporting years, schedules, zone rules."""
