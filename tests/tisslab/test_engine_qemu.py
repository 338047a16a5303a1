"""Real machines with payloads of a few instructions: starting, talking, ending, and leaving nothing behind."""

from __future__ import annotations

import os
import signal
import struct
from pathlib import Path

import pytest

from tisslab.boot_plan import BootPlan, BootRequest, make_plan
from tisslab.driver import booted, driven
from tisslab.engine.qemu import Descriptors, QemuEngine, make_command
from tisslab.engine.scripted import ScriptedEngine, Step, Stopped, Typed, Written
from tisslab.events import MachineStopped
from tisslab.machine import MACHINES, Machine, find_machine
from tisslab.payload import LOAD_ADDRESS, Payload, make_elf, make_payload, x86_code
from tisslab.verdict import Kind


def request_for(machine: Machine, folder: Path, payload: Payload, *qemu_arguments: str) -> BootRequest:
    path = folder / "payload.elf"
    path.write_bytes(make_payload(machine.architecture.elf_machines[0], payload))
    return BootRequest(machine=machine, kernel=path, qemu_arguments=qemu_arguments)


@pytest.mark.parametrize("status", [0, 1, 5, 127])
def test_a_payload_ends_with_its_status(machine: Machine, tmp_path: Path, status: int) -> None:
    with booted(request_for(machine, tmp_path, Payload(text=b"hello", status=status))) as system:
        finished = system.run()
    assert (finished.verdict.kind, finished.exit_status) == (Kind.EXITED, status)
    assert finished.output.endswith(b"hello")


def test_memory_is_read_while_the_guest_runs_and_after_it_ended(machine: Machine, tmp_path: Path) -> None:
    code = LOAD_ADDRESS[machine.architecture.elf_machines[0]]
    with booted(request_for(machine, tmp_path, Payload(text=b"x", status=3))) as system:
        system.console.read_until(b"x")
        system.wait_for(MachineStopped)
        assert any(system.read(code, 16))


def test_a_payload_that_idles_runs_out_of_time(machine: Machine, tmp_path: Path) -> None:
    with booted(request_for(machine, tmp_path, Payload(text=b"idle", status=None))) as system:
        finished = system.run(timeout=0.6)
    assert (finished.verdict.kind, finished.exit_status) == (Kind.TIMED_OUT, 124)


def test_a_killed_qemu_is_a_lost_machine(machine: Machine, tmp_path: Path) -> None:
    with booted(request_for(machine, tmp_path, Payload(text=b"idle", status=None))) as system:
        system.console.read_until(b"idle")
        engine = system.session.engine
        assert isinstance(engine, QemuEngine)
        os.kill(engine.process.pid, signal.SIGKILL)
        finished = system.run()
    assert (finished.verdict.kind, finished.exit_status) == (Kind.LOST, 125)
    assert "SIGKILL" in finished.verdict.sentence


def test_a_triple_fault_is_no_success(tmp_path: Path) -> None:
    # lidt with a limit of 0, then int3: the processor finds no handler three times over
    code = b"\x0f\x01\x1d" + (0x100020).to_bytes(4, "little") + b"\xcc" + bytes(64)
    path = tmp_path / "fault.elf"
    path.write_bytes(make_elf(62, code, address=0x100000))
    with booted(BootRequest(machine=find_machine("x86_64", None), kernel=path)) as system:
        finished = system.run()
    assert (finished.verdict.kind, finished.exit_status) == (Kind.LOST, 125)
    assert "reset" in finished.verdict.sentence


@pytest.mark.parametrize("machine", ["q35", "microvm"], indirect=True)
def test_a_32_bit_multiboot_kernel_runs(machine: Machine, tmp_path: Path) -> None:
    # QEMU loads it by an option ROM, so the plan must not choose qboot, which runs none
    start, magic = 0x100000, 0x1BADB002
    code = struct.pack("<IIII", magic, 0, -magic & 0xFFFFFFFF, 0) + x86_code(Payload(text=b"multiboot", status=9))
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, start + 16, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    segment = struct.pack("<8I", 1, 0x1000, start, start, len(code), len(code), 5, 0x1000)
    path = tmp_path / "kernel.elf"
    path.write_bytes((header + segment).ljust(0x1000, b"\0") + code)
    with booted(BootRequest(machine=machine, kernel=path)) as system:
        finished = system.run()
    assert finished.exit_status == 9
    assert finished.output.endswith(b"multiboot")


def test_a_refused_argument_is_a_machine_that_could_not_start(machine: Machine, tmp_path: Path) -> None:
    with booted(request_for(machine, tmp_path, Payload(), "-device", "flux-capacitor")) as system:
        finished = system.run()
    assert (finished.verdict.kind, finished.exit_status) == (Kind.LOST, 125)
    assert "flux-capacitor" in finished.verdict.sentence
    assert "\n" not in finished.verdict.sentence


def test_nothing_is_left_behind(machine: Machine, tmp_path: Path) -> None:
    request = request_for(machine, tmp_path, Payload(text=b"idle", status=None))
    descriptors = set(os.listdir("/proc/self/fd"))
    files = set(tmp_path.iterdir())
    for _ in range(3):
        with booted(request) as system:
            system.console.read_until(b"idle")
            engine = system.session.engine
            assert isinstance(engine, QemuEngine)
            pid = engine.process.pid
        assert not Path(f"/proc/{pid}").exists()
    assert set(os.listdir("/proc/self/fd")) == descriptors
    assert {*tmp_path.iterdir()} == files | {tmp_path / "payload.elf"}


def test_an_error_in_the_middle_ends_the_machine(tmp_path: Path) -> None:
    pid = 0
    with pytest.raises(RuntimeError), booted(request_for(MACHINES[0], tmp_path, Payload(status=None))) as system:
        engine = system.session.engine
        assert isinstance(engine, QemuEngine)
        pid = engine.process.pid
        raise RuntimeError
    assert not Path(f"/proc/{pid}").exists()


def test_the_command_names_nothing_in_the_file_system_but_the_users_files(machine: Machine, tmp_path: Path) -> None:
    plan = make_plan(request_for(machine, tmp_path, Payload(), "-icount", "shift=0"))
    command = make_command(plan, Descriptors(memory=5, console=6, monitor=7), halted=True)
    assert [word for word in command if "/" in word and "/proc/self/fd/5" not in word] == [str(tmp_path / "payload.elf")]
    assert command[-2:] == ["-icount", "shift=0"]
    assert "-S" in command


def test_a_scripted_transcript_drives_the_same_way() -> None:
    transcript: list[Step] = [Written(b"tiss> "), Typed(b"hello\n"), Written(b"hi\r\ntiss> "), Stopped(MachineStopped(exit_code=1))]
    with driven(ScriptedEngine(MACHINES[0], transcript)) as system:
        assert system.console.ask(b"hello") == b"hi\r\n"
        assert system.run().exit_status == 0


def test_a_plan_of_a_foreign_kernel_has_no_wiring(tmp_path: Path) -> None:
    plan: BootPlan = make_plan(request_for(MACHINES[0], tmp_path, Payload()))
    assert plan.kernel.wiring is None
    assert plan.programs is None
