"""Every way a request goes through the service, entered by a real server and real sockets."""
