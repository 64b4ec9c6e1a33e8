"""The reviewed data the service ships: resources, factors, potentials, metrics, indicators and frameworks."""
