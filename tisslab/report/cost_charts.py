"""Figures of operations, drawn: bars beside goals, and lines over commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tisslab.cost.operations import Goal
from tisslab.report.html import Html, element

WIDTH, HEIGHT, MARGIN = 260, 72, 6
"""Of a line over commits, in pixels."""


@dataclass(frozen=True)
class Figures:
    """What one operation takes and is to take, all for one of the things that it does at once."""

    insns: int
    goal: Goal
    budget: int | None = None

    @property
    def grade(self) -> str:
        """How it stands to its goals, as a class of the style sheet."""
        if self.goal.must is not None and self.insns > self.goal.must:
            return "beyond"
        return "aimed" if self.goal.aim is not None and self.insns <= self.goal.aim else "held"

    @property
    def marks(self) -> list[tuple[str, int]]:
        """What there is to compare it with."""
        named = {"budget": self.budget, "must": self.goal.must, "aim": self.goal.aim, "peer": self.goal.peer}
        return [(name, figure) for name, figure in named.items() if figure is not None]


def bar(figures: Figures) -> Html:
    """A bar, and a mark for each figure to compare it with; each bar has a scale of its own."""
    most = max(1, figures.insns, *(figure for _, figure in figures.marks))
    drawn = [element("i", class_=f"bar {figures.grade}", style=f"width:{_percent(figures.insns, most)}")]
    drawn += [
        element("i", class_=f"mark {name}", style=f"left:{_percent(figure, most)}", title=f"{name} {figure:,}")
        for name, figure in figures.marks
    ]
    return element("div", *drawn, class_="bullet", title=f"{figures.insns:,} instructions")


def share(part: int, whole: int) -> Html:
    """A bar without marks."""
    return element("div", element("i", class_="bar plain", style=f"width:{_percent(part, whole)}"), class_="bullet")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}%"


@dataclass(frozen=True)
class Point:
    """A figure of a commit, with what is told of it where one points at it."""

    number: int
    insns: int
    told: str


def line(points: Sequence[Point], *, places: int, must: int | None) -> Html:
    """Figures over commits, of which there are so many places in a row; from zero up. A broken line is the must."""
    most = max([point.insns for point in points] + [must or 1])

    def at(point: Point) -> tuple[float, float]:
        across = (point.number + 0.5) / places
        return MARGIN + across * (WIDTH - 2 * MARGIN), _height(point.insns, most)

    drawn = [] if must is None else [element("line", x1=0, x2=WIDTH, y1=f"{_height(must, most):.1f}", y2=f"{_height(must, most):.1f}")]
    drawn.append(element("polyline", points=" ".join("{:.1f},{:.1f}".format(*at(point)) for point in points)))
    for point in points:
        x, y = at(point)
        drawn.append(element("g", element("title", point.told), element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3")))
    return element("svg", *drawn, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img")


def _height(insns: int, most: int) -> float:
    return MARGIN + (1 - insns / most) * (HEIGHT - 2 * MARGIN)
