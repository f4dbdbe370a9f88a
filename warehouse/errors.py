"""The error of all that the warehouse does."""

from warehouse.names import plain_text


class LoadError(Exception):
    """What went wrong, in a sentence for the user: it can quote GitHub, dbt and names of files."""

    def __init__(self, sentence: str) -> None:
        super().__init__(plain_text(sentence))
