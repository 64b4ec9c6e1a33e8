"""A year's activity data with the factors and instruments that are applied to it, site by site."""
