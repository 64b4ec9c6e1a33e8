"""Jobs, webhooks, the stream and health from outside."""
