"""What requests and answers look like from outside, apart from the tables."""
