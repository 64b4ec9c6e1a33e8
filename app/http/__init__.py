"""What an operation asks of its request: who may, on what condition, how often, in which form; how errors are told."""
