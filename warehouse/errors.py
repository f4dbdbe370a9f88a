"""The error of loading, apart from PyAirbyte: importing that takes seconds."""


class LoadError(Exception):
    """What went wrong, in a sentence for the user."""
