"""What the service runs: jobs, connectors and their pulls, amendments of many readings, API keys."""
