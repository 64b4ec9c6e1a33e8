"""What stands around the application: ids, headers, packing, the express lane, the server's own protocol."""
