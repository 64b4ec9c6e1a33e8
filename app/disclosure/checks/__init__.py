"""Checks of what is published: small functions over one view of our own figures and of tables printed before."""
