"""What every body shares: exact numbers, instants, texts, problems, reporting periods."""
