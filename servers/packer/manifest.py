"""The manifest: which server starts with what. Every mistake that can be seen before boot is found here. Keys: docs/servers.md."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interface import Interface

from packer.elf import Program
from packer.errors import PackError

FLAGS = ("provides", "directory", "restart", "reply", "control", "kernel", "pool", "watch", "maps")
KEYS = {"name", "memory", "priority", "uses", "devices", *FLAGS}
OWN_NAMES = {"init", "endpoint", "reply", "kernel", "pool", "vspace", "manifest", "lib"}  # of capabilities, entries, folders: no server's
DEVICES = {"uart": "", "exit": "it is init's own, to switch the machine off"}  # why a server cannot have it
SIZE = re.compile(r"([0-9]+)([KM]?)")
NAME = re.compile(r"[a-z][a-z0-9_]*")
TABLE_REGIONS = 8  # page tables of a program: two regions with two levels below the root, and what its image, heap and devices add


@dataclass(frozen=True)
class Server:
    """How init starts one server; memory in bytes."""

    name: str
    memory: int
    priority: int
    flags: tuple[str, ...]
    uses: tuple[str, ...]
    devices: tuple[str, ...]


@dataclass(frozen=True)
class _Limits:
    """What the archive's structures have room for."""

    servers: int
    name: int
    uses: int
    devices: int
    device: int
    caps: int
    priority: int


def _limits(interface: Interface) -> _Limits:
    rows = {field.name: field.counts for field in interface.structure("manifest_server").fields}
    start = {field.name: field.counts for field in interface.structure("start_info").fields}
    cap_name = next(field.counts[0] for field in interface.structure("start_cap").fields if field.name == "name")
    return _Limits(
        servers=interface.layout["servers_max"],
        name=min(rows["name"][0], cap_name) - 1,
        uses=rows["uses"][0],
        devices=rows["devices"][0],
        device=rows["devices"][1] - 1,
        caps=start["cap"][0],
        priority=interface.layout["priorities"] - 1,
    )


def _size(server: str, value: object) -> int:
    match = SIZE.fullmatch(value) if isinstance(value, str) else None
    if isinstance(value, int) and not isinstance(value, bool):
        size = value
    elif match:
        size = int(match.group(1)) << {"": 0, "K": 10, "M": 20}[match.group(2)]
    else:
        raise PackError(f'{server}: memory {value!r} is not a number of bytes, or of K or M as in "256K"')
    if size <= 0 or size & (size - 1):
        raise PackError(f"{server}: memory {value!r} is not a power of two: round it up")
    return size


def _names(server: str, key: str, value: object, most: int) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise PackError(f'{server}: {key} is not a list of names, as in {key} = ["console"]')
    for item in value:
        if value.count(item) > 1:
            raise PackError(f"{server}: {key} wires {item!r} twice: name it once")
    if len(value) > most:
        raise PackError(f"{server}: {key} names {len(value)}, and the archive has room for {most}: split the server")
    return tuple(value)


def _server(row: dict[str, Any], limits: _Limits) -> Server:
    name = row.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise PackError(f"the server name {name!r} is not of lower-case letters, digits and _: rename its folder and its line")
    if len(name) > limits.name:
        raise PackError(f"the server name {name!r} is longer than {limits.name} characters: shorten it")
    for key in row:
        if key not in KEYS:
            raise PackError(f"{name}: unknown key {key!r}: known are {', '.join(sorted(KEYS))}")
    for key in ("memory", "priority"):
        if key not in row:
            raise PackError(f"{name}: the key {key!r} is missing: add it")
    for flag in FLAGS:
        if not isinstance(row.get(flag, False), bool):
            raise PackError(f"{name}: {flag} = {row[flag]!r} is neither true nor false")
    priority = row["priority"]
    if not isinstance(priority, int) or isinstance(priority, bool) or not 0 <= priority <= limits.priority:
        raise PackError(f"{name}: priority {priority!r} is out of range: give 0 (lowest) to {limits.priority}")
    return Server(
        name=name,
        memory=_size(name, row["memory"]),
        priority=priority,
        flags=tuple(flag for flag in FLAGS if row.get(flag)),
        uses=_names(name, "uses", row.get("uses", []), limits.uses),
        devices=_names(name, "devices", row.get("devices", []), limits.devices),
    )


def _check_uses(servers: list[Server]) -> None:
    """Each use is of a service above: init starts servers in order, and so no two can wait for each other."""
    providers = {server.name for server in servers if "provides" in server.flags}
    above: set[str] = set()
    for server in servers:
        for use in server.uses:
            if use in OWN_NAMES:
                raise PackError(f"{server.name}: uses {use!r}, which is wired already if it is due: take it out of uses")
            if use not in providers:
                raise PackError(f"{server.name}: uses {use!r}, which no server provides: add that server with provides = true")
            if use not in above:
                raise PackError(f"{server.name}: uses {use!r}, which does not start before it: move {use} up")
            if "directory" in server.flags:
                raise PackError(f"{server.name}: uses wires {use!r} twice: a directory gets every service already")
        above.add(server.name)


def _check_devices(servers: list[Server], limits: _Limits) -> None:
    owners: dict[str, str] = {}
    for server in servers:
        for device in server.devices:
            if device not in DEVICES or len(device) > limits.device:
                known = ", ".join(name for name, why in DEVICES.items() if not why)
                raise PackError(f"{server.name}: there is no device {device!r}: known are {known}")
            if DEVICES[device]:
                raise PackError(f"{server.name}: the device {device!r} is not to be had: {DEVICES[device]}")
            if device in owners:
                raise PackError(f"{server.name}: the device {device!r} is {owners[device]}'s already: one server drives a device")
            owners[device] = server.name


def _check_caps(servers: list[Server], limits: _Limits) -> None:
    provided = sum("provides" in server.flags for server in servers)
    for server in servers:
        caps = 6 + len(server.uses) + 2 * len(server.devices) + (provided if "directory" in server.flags else 0)
        if caps > limits.caps:
            raise PackError(f"{server.name}: it would start with {caps} capabilities, and its start information has room for {limits.caps}")


def _check_memory(server: Server, program: Program, interface: Interface) -> None:
    """Count what init makes from the server's untyped: see servers/init/build.c."""
    page = 1 << interface.layout["page_bits"]
    table = 1 << interface.layout["server_table_bits"]
    write = next(right.value for right in interface.rights if right.name == "write")
    data = sum(-(-segment.size // page) * page for segment in program.segments if segment.rights & write)
    # Its table, its stack, its start information, its root page table, its small objects, and its page tables.
    need = data + table + interface.layout["server_stack"] + page + page + page + TABLE_REGIONS * page
    own = server.memory // 2 if "pool" in server.flags else server.memory
    if need > own:
        raise PackError(f"{server.name}: memory of {own} bytes is too small for its program, which needs {need}: give it more")


def read_manifest(path: Path, *, programs: dict[str, Program], interface: Interface) -> list[Server]:
    """The servers in their order. Raises PackError for a mistake, OSError for what cannot be read."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackError(f"{path}: {error}") from error
    try:
        return _read(data, programs=programs, interface=interface)
    except PackError as error:
        raise PackError(f"{path}: {error}") from error


def _read(data: dict[str, Any], *, programs: dict[str, Program], interface: Interface) -> list[Server]:
    limits = _limits(interface)
    for key in data:
        if key != "server":
            raise PackError(f"unknown key {key!r}: a manifest is a list of [[server]]")
    rows = data.get("server", [])
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise PackError("it names no server: give at least one [[server]]")
    servers = [_server(row, limits) for row in rows]
    if len(servers) > limits.servers:
        raise PackError(f"it names {len(servers)} servers, and init takes {limits.servers}: raise servers_max in kernel/abi/abi.toml")
    names = [server.name for server in servers]
    for server in servers:
        if names.count(server.name) > 1:
            raise PackError(f"the server {server.name} is named twice: name it once")
        if server.name in OWN_NAMES or server.name in DEVICES:
            raise PackError(f"a server cannot be called {server.name!r}: that name means something else: rename it")
        if server.name not in programs:
            raise PackError(f"the server {server.name} has no program: add servers/{server.name}/main.c or remove its line")
        _check_memory(server, programs[server.name], interface)
    _check_uses(servers)
    _check_devices(servers, limits)
    _check_caps(servers, limits)
    return servers
