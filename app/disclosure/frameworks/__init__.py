"""Reporting frameworks as data, their editions, and how an organization prints their figures."""
