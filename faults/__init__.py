"""Faults made on purpose, of machines, disks, clocks and databases, and requests nobody would send by hand."""
