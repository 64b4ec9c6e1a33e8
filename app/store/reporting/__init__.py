"""What an organization states and publishes: publications, datapoints, factors, instruments, targets, settings."""
