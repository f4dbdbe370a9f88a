"""The page that one looks at: one HTML file with charts and tables of the models."""
