"""The streams that are read from Copilot's metrics reports."""
