"""Organizations, plants, meters, resources, regions, fiscal years and keys."""
