"""The OpenAPI document, from what the framework says of the routes to what clients are generated from."""
