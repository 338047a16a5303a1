"""New servers from the templates: checked first, then written so that either all of it is there or nothing."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tisslab._abi import ManifestServer, StartCap
from tisslab.errors import BadInputError

TEMPLATES = Path(__file__).parent / "templates" / "server"
NAME_MAX = min(ManifestServer.OFFSETS["memory"], StartCap.OFFSETS["slot"]) - 1
"""Bytes of a name that fit with their closing zero into every structure that holds one."""
RESERVED = ("lib", "init", "endpoint", "control", "kernel", "reply", "pool", "vspace", "notification", "uart", "exit", "tiss")
"""Names that a server's capabilities, its devices or the folders of servers/ have already."""


@dataclass(frozen=True)
class NewServer:
    """A server to be written: its files by name, and the manifest with its entry."""

    name: str
    files: dict[str, str]
    manifest: str


def plan_server(name: str, *, servers: Path) -> NewServer:
    """Decide what a new server consists of.

    servers is the project's folder of servers. Errors: BadInputError if the name is unfit or taken, or the manifest cannot be read.
    """
    check_name(name)
    manifest = _read(servers / "manifest.toml")
    try:
        entries = tomllib.loads(manifest).get("server", [])
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"'{servers / 'manifest.toml'}' is no proper TOML ({error}): mend it first") from error
    if (servers / name).exists():
        raise BadInputError(f"there is a server '{name}' already, in '{servers / name}': choose another name")
    if any(entry.get("name") == name for entry in entries):
        raise BadInputError(f"'{servers / 'manifest.toml'}' names a server '{name}' already: choose another name")
    files = {target: _fill(template, name) for target, template in (("main.c", "main.c"), (f"{name}.h", "NAME.h"))}
    return NewServer(name, files, manifest.rstrip("\n") + "\n" + _fill("manifest.toml", name))


def check_name(name: str) -> None:
    """Raise BadInputError unless a name can be a server's: it becomes a folder, a header and the beginning of constants in C."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise BadInputError(f"'{name}' cannot be a server's name: use lower-case letters, digits and _, a letter first")
    if len(name) > NAME_MAX:
        raise BadInputError(f"'{name}' is too long for a server's name: use at most {NAME_MAX} letters")
    if name in RESERVED:
        raise BadInputError(f"'{name}' means something else to servers: choose another name")


def write_server(server: NewServer, *, servers: Path) -> list[Path]:
    """Write the files and the manifest, and return the paths. Errors: BadInputError if that fails; nothing is left behind then."""
    folder = servers / server.name
    staged: Path | None = None
    try:
        staged = Path(tempfile.mkdtemp(dir=servers, prefix=".new-"))
        staged.chmod(0o755)
        (staged / "manifest.toml").write_text(server.manifest)
        for name, text in server.files.items():
            (staged / name).write_text(text)
        manifest = (staged / "manifest.toml").rename(servers / f".manifest-{server.name}.new")
        staged.rename(folder)
        staged = folder
        manifest.replace(servers / "manifest.toml")
    except OSError as error:
        if staged is not None:
            shutil.rmtree(staged, ignore_errors=True)
        (servers / f".manifest-{server.name}.new").unlink(missing_ok=True)
        raise BadInputError(f"the server '{server.name}' cannot be written to '{servers}': {os.strerror(error.errno or 0)}") from error
    return [*(folder / name for name in server.files), servers / "manifest.toml"]


def _fill(template: str, name: str) -> str:
    text = _read(TEMPLATES / template)
    return text.replace("@name@", name).replace("@NAME@", name.upper())


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"'{path}' cannot be read ({error}): run this in a checkout of the project") from error
