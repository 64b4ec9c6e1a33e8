"""Jobs: schedules, claims, and what each job does."""
