"""Organizations, plants, meters, resources and keys from outside."""
