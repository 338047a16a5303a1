"""Costs made by hand."""

from __future__ import annotations

from collections.abc import Mapping

from tisslab.cost.count import Cost, SourceLine
from tisslab.cost.operations import Goal, Operation


def cost(name: str, *, insns: int, each: int = 1, must: int | None = None, functions: Mapping[str, int] | None = None) -> Cost:
    """An operation that takes so many instructions, in these functions, each of one source line."""
    functions = functions or {"work": insns}
    return Cost(
        operation=Operation(name, "program", "what it does", each, {"x86_64": Goal(must=must)}),
        least=insns,
        most=insns,
        insns=insns,
        kernel_insns=insns,
        code_lines=1,
        data_lines=1,
        pages=2,
        interrupts_off=insns,
        functions=functions,
        lines={SourceLine(function, "a.c", f"{function}();", 7): count for function, count in functions.items()},
    )
