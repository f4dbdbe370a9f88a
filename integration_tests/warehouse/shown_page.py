"""The page as a test reads it."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Every card's rows, with the exact value of a number.

    :param dom: the file's text, or what a browser made of it
    """

    def __init__(self, dom: str) -> None:
        super().__init__()
        # By the card and its month, which is empty for a card of now.
        self.rows: dict[tuple[str, str], list[list[str]]] = {}
        self.tiles: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.tooltips: list[str] = []
        self.visible: set[str] = set()
        self._card = self._month = self._tile = ""
        self._stack: list[str] = []
        self._is_text = False
        self.feed(dom)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self._stack.append(tag)
        classes = values.get("class", "").split()
        if tag == "section":
            self._card, self._tile, self._month = values.get("data-card", ""), values.get("data-tile", ""), ""
        elif "month" in classes:
            self._month = next((one.removeprefix("m-") for one in classes if one.startswith("m-")), "")
            if values.get("data-visible"):
                self.visible |= {one.removeprefix("m-") for one in classes if one.startswith("m-")}
        elif tag == "tr":
            self.rows.setdefault((self._card, self._month), []).append([])
        elif tag == "td" or values.get("scope") == "row":
            self._is_text = "data-value" not in values
            self.rows[self._card, self._month][-1].append(values.get("data-value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._is_text = self._is_text and tag not in ("td", "th")
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._stack[-1:] == ["title"] and "svg" in self._stack:
            self.tooltips.append(data)
        elif self._is_text:
            self.rows[self._card, self._month][-1][-1] += data
        elif self._tile:
            self.tiles[self._tile] = f"{self.tiles.get(self._tile, '')} {data.strip()}".strip()
        elif self._card:
            self.texts[self._card] = self.texts.get(self._card, "") + data
