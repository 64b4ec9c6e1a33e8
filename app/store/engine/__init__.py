"""The way into a database: connections, transactions, the queue for a file, replicas, outages and the schema."""
