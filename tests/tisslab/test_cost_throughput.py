"""Rates from what a program told, made by hand."""

from __future__ import annotations

from tisslab.cost.throughput import Rate, rates
from tisslab.events import Measured


def test_the_median_of_the_turns_counts() -> None:
    told = [
        Measured(name, 1000, ns, ns)
        for ns_of in ((100, 300), (200, 600), (10000, 900))
        for name, ns in zip(("empty_syscall", "call"), ns_of, strict=True)
    ]
    assert rates(told) == [Rate("empty_syscall", 5e9, 3, 1.0), Rate("call", 1e12 / 600, 3, 3.0)]
    assert rates(told)[1].record() == {"name": "call", "a_second": 1666666667, "turns": 3, "floors": 3.0}
