"""Writes one HTML page with charts and tables of the models."""
