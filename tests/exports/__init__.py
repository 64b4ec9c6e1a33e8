"""Exports of publications."""
