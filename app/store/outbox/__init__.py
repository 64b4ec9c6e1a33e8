"""What others are told: the log of events, batches not told of yet, webhooks and their deliveries."""
