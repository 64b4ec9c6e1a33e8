"""Health, jobs, webhooks, the event stream and the reference page."""
