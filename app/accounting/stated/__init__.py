"""What is stated rather than metered: indicators, datapoints, and numbers held against each other."""
