"""Keeping a database well: schema, zone rules, health, backup, archive, checks, spreading over a cluster."""
