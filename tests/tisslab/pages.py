"""Reads a page of a report: tables, titles, and all that a browser would fetch."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta"}


@dataclass
class Element:
    """An element of the page with what is in it, in order."""

    name: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, name: str) -> list[Element]:
        """The elements of this name in it, at any depth."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                found += ([child] if child.name == name else []) + child.all(name)
        return found

    def by_id(self, name: str) -> Element:
        """The one element that has this id."""
        (found,) = [one for one in self.every() if one.attributes.get("id") == name]
        return found

    def every(self) -> list[Element]:
        """It and all elements in it."""
        return [self, *(inner for child in self.children if isinstance(child, Element) for inner in child.every())]


class Reader(HTMLParser):
    """Takes a page apart. Errors: AssertionError where an element is not closed by its own end."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("page")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, dict(attrs))
        self.open[-1].children.append(one)
        if tag not in VOID:
            self.open.append(one)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read_page(text: str) -> Element:
    """The page as a tree."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert len(reader.open) == 1, "an element is not closed"
    return reader.open[0]


def operation_rows(page: Element) -> dict[str, dict[str, int | None]]:
    """The figures of the table of operations, by operation and column."""
    table = page.by_id("operations")
    columns = [head.text for head in table.all("th") if head.attributes.get("class") == "number"]
    rows = {}
    for row in table.all("tbody")[0].all("tr"):
        name = row.all("th")[0].children[0]
        cells = [cell.text for cell in row.all("td") if cell.attributes.get("class") == "number"]
        assert isinstance(name, str) and len(cells) == len(columns)
        rows[name] = {column: int(cell.replace(",", "")) if cell else None for column, cell in zip(columns, cells, strict=True)}
    return rows
