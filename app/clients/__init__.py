"""Every outgoing HTTP call: where it may go, how it is made, how it is signed."""
