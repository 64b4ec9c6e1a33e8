"""From an empty service to the first reading: an organization, a plant, a meter, a key, step by step."""
