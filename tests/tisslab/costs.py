"""Costs made by hand, and repositories to keep them in."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tisslab.cost.count import Cost, SourceLine
from tisslab.cost.kept import find_commit
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


def commit(folder: Path, text: str) -> str:
    """Commit a kernel of this text."""
    (folder / "kernel").mkdir(exist_ok=True)
    (folder / "kernel" / "a.c").write_text(text)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    for arguments in (("add", "kernel"), (*identity, "commit", "-qm", text)):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return find_commit("HEAD", root=folder)
