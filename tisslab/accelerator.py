"""Which accelerator a machine runs on: QEMU's translator (tcg), or the host's processor (kvm) where that is worth it.

The KVM that some hosts offer is an interpreter, hundreds of times slower than tcg. So `auto` decides by running both, once: a loop of
known length that has to end with the right status. The answer is kept in the user's cache until QEMU or the host's kernel changes.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import select
import shutil
import tempfile
import time
from pathlib import Path

from tisslab.engine.process import Process
from tisslab.errors import BadInputError
from tisslab.machine import Machine
from tisslab.payload import Payload, make_payload

ACCELERATORS = ("tcg", "kvm", "auto")
KVM_DEVICE = Path("/dev/kvm")
PROBE_ROUNDS = 20_000_000
"""About 40 ms of tcg on a machine of 2020."""
PROBE_STATUS = 42
PROBE_PATIENCE = 10.0


def choose_accelerator(name: str, machine: Machine) -> str:
    """Return what QEMU's `-accel` is to be: tcg or kvm.

    Errors: BadInputError for a name that does not exist, or for kvm where this host cannot run the machine on it.
    """
    if name not in ACCELERATORS:
        raise BadInputError(f"there is no accelerator '{name}': choose {', '.join(ACCELERATORS)}")
    if name == "tcg":
        return name
    obstacle = find_obstacle(machine)
    if name == "kvm":
        if obstacle is not None:
            raise BadInputError(f"--accel kvm cannot run {machine.name}: {obstacle}; use --accel tcg")
        return name
    return "tcg" if obstacle is not None else _remembered_probe(machine)


def find_obstacle(machine: Machine) -> str | None:
    """Return what stands in the way of KVM for this machine, as the end of a sentence, or None."""
    host = platform.machine()
    if host != machine.architecture.name:
        return f"it is a {machine.architecture.name} machine and this host is {host}"
    if not os.access(KVM_DEVICE, os.R_OK | os.W_OK):
        return f"{KVM_DEVICE} is missing or not yours to open"
    return None


def cache_file() -> Path:
    """Where the answers of the probe are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tisslab" / "accelerator.json"


def _remembered_probe(machine: Machine) -> str:
    program = shutil.which(machine.architecture.qemu)
    if program is None:
        return "tcg"  # starting the machine will say what is missing
    facts = Path(program).stat()
    key = f"{program} {facts.st_size} {facts.st_mtime_ns} {platform.release()} {machine.name}"
    path = cache_file()
    answers: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError, TypeError):
        answers = dict(json.loads(path.read_text()))
    if answers.get(key) not in ("tcg", "kvm"):
        answers[key] = probe(machine)
        with contextlib.suppress(OSError):
            _write_whole(path, json.dumps(answers, indent=1))
    return answers[key]


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


def probe(machine: Machine) -> str:
    """Run the loop on both and return the quicker one that got it right."""
    tcg = run_probe(machine, "tcg", patience=PROBE_PATIENCE)
    kvm = run_probe(machine, "kvm", patience=PROBE_PATIENCE if tcg is None else tcg)
    return "kvm" if kvm is not None else "tcg"


def run_probe(machine: Machine, accelerator: str, *, patience: float) -> float | None:
    """Return the seconds that the loop took, None if it did not end rightly within `patience` seconds."""
    kernel = os.memfd_create("probe", os.MFD_CLOEXEC)
    try:
        os.write(kernel, make_payload(machine.architecture.elf_machines[0], Payload(rounds=PROBE_ROUNDS, status=PROBE_STATUS)))
        firmware = () if machine.firmware_is_built else ("-bios", machine.firmware)
        kernel_arguments = ("-kernel", f"/proc/self/fd/{kernel}", "-accel", accelerator)
        command = [*machine.command, "-M", machine.options, "-m", f"{machine.memory >> 20}M", *firmware, *kernel_arguments]
        process = Process(command, descriptors=[kernel], package=machine.architecture.package)
        try:
            waiting = select.poll()
            waiting.register(process.pidfd, select.POLLIN)
            waiting.poll(patience * 1000)
            code = process.exit_code()
            took = time.monotonic() - process.started
            return took if code is not None and machine.exit_device.status(code) == PROBE_STATUS else None
        finally:
            process.close()
    finally:
        os.close(kernel)
