"""The ways readings come in: small posts together, large bodies alone, huge ones as they arrive, files by a mapping."""
