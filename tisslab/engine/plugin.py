"""Compiles a TCG plugin of tisslab/plugins/ when it is asked for: a plugin fits one version of QEMU's interface, so none is shipped."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from tisslab.build import ROOT
from tisslab.errors import BuildError, ToolMissingError

SOURCES = Path(__file__).resolve().parent.parent / "plugins"
COMPILER = "cc"


def ensure_plugin(name: str, *, compiler: str = COMPILER) -> Path:
    """Return the compiled plugin of this name. Errors: ToolMissingError without a compiler for this host, BuildError if it refuses."""
    source = SOURCES / f"{name}.c"
    text = source.read_bytes()
    target = ROOT / "build" / "plugins" / f"{name}-{hashlib.sha256(text).hexdigest()[:12]}.so"
    if target.is_file():
        return target
    if shutil.which(compiler) is None:
        raise ToolMissingError(f"{compiler} is not installed, and the QEMU plugin that counts instructions is compiled by it: 'make setup'")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_suffix(".new")
    command = [compiler, "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-o", str(aside), str(source)]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode != 0:
        raise BuildError(f"the plugin '{source}' does not compile: {made.stderr.strip()}")
    aside.replace(target)
    return target
