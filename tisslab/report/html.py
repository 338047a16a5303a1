"""Pages that stand alone: no script, and nothing that a browser would have to fetch, which the page itself forbids it."""

from __future__ import annotations

import html
from pathlib import Path

STYLE = Path(__file__).with_name("page.css")
FORBIDDEN = "default-src 'none'; style-src 'unsafe-inline'"
VOID = {"meta"}
"""Elements without an end; those of drawings have one."""


class Html(str):
    """Text that is HTML already; any other is escaped where it becomes a part of a page."""

    __slots__ = ()


def element(name: str, /, *children: str | None, **attributes: str | int | float | None) -> Html:
    """An element. Attributes that are None are left out, an empty one stands without a value; `class_` is `class`, `_` is `-`."""
    words = [name]
    for key, value in attributes.items():
        if value is not None:
            text = html.escape(str(value))
            words.append(key.rstrip("_").replace("_", "-") + (f'="{text}"' if text else ""))
    head = f"<{' '.join(words)}>"
    return Html(head if name in VOID else f"{head}{join(*children)}</{name}>")


def join(*children: str | None) -> Html:
    """Several things, one behind the other; None is nothing."""
    return Html("".join(child if isinstance(child, Html) else html.escape(child) for child in children if child is not None))


def page(title: str, *children: str | None) -> str:
    """A whole page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=FORBIDDEN),
        element("meta", name="viewport", content="width=device-width"),
        element("meta", name_="color-scheme", content="light dark"),
        element("title", title),
        element("style", Html(STYLE.read_text())),
    )
    return f"<!doctype html>\n{element('html', head, element('body', *children), lang='en')}\n"
