"""HTTP in and out: each router reads a request, calls one stage, and answers by a schema."""
