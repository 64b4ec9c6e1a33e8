"""Publications: prepared, approved, published, with the basis they rest on."""
