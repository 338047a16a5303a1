"""Whole boots on every machine, as a user runs them: script in, verdict out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.system.conftest import run_tisslab
from tisslab._abi import REGISTERS
from tisslab.driver import System
from tisslab.machine import MACHINES, Machine

SERVERS = ["console", "names", "echo", "memory", "shell"]


def events(record: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [event for event in record["events"] if event["event"] == name]


def test_no_input_boots_to_ready_and_stops(machine: Machine) -> None:
    ran = run_tisslab("boot", "--machine", machine.name, "--json")
    record = ran.record
    assert (ran.status, record["verdict"], record["exit_status"], record["fault"]) == (0, "exited", 0, "nobody")
    assert (record["machine"], record["arch"]) == (machine.name, machine.architecture.name)
    assert sorted(event["name"] for event in events(record, "server_started")) == sorted(SERVERS)
    assert len(events(record, "system_ready")) == 1
    # the console is read before the channel, so a step may see "ready" and the next one the first byte: these two are in no order
    assert min(record["boot_ms"], record["ready_ms"]) > 0
    assert max(record["boot_ms"], record["ready_ms"]) <= record["wall_ms"]


def test_every_build_answers_calls_and_passes_its_status_on(machine: Machine, build_options: list[str]) -> None:
    assert run_tisslab("boot", "--machine", machine.name, *build_options, typed="ping 50\n").status == 0
    assert run_tisslab("boot", "--machine", machine.name, *build_options, typed="ping 5\nexit 42\n").status == 42


@pytest.mark.parametrize(("script", "status"), [("exit 0\n", 0), ("exit 255\n", 255), ("exit 7", 7), ("no-such-command\n", 127), ("", 0)])
def test_the_exit_status_is_the_guests_own(machine: Machine, script: str, status: int) -> None:
    assert run_tisslab("boot", "--machine", machine.name, typed=script).status == status


def test_a_crash_is_told_with_its_place_and_the_rest_goes_on(machine: Machine) -> None:
    ran = run_tisslab("boot", "--machine", machine.name, "--json", typed="crash\nping 10\n")
    record = ran.record
    assert ran.status == 0
    crash = record["crashes"][0]
    assert crash["server"] == "echo"
    assert crash["place"][0]["function"] == "echo_crash"
    assert crash["place"][0]["file"] == "servers/echo/main.c"
    assert crash["place"][0]["line"] > 0
    assert re.search(r"tisslab: server 'echo' crashed: page fault, write to 0x0 in echo_crash \(servers/echo/main.c:\d+\)", ran.err)
    starts = [event["name"] for event in events(record, "server_started")]
    assert {name: starts.count(name) for name in SERVERS} == {"console": 1, "names": 1, "echo": 2, "memory": 1, "shell": 1}


@pytest.mark.parametrize("compiler", ["clang", "gcc"])
def test_a_panic_ends_the_run_at_once_and_is_resolved(machine: Machine, compiler: str) -> None:
    ran = run_tisslab("boot", "--machine", machine.name, "--compiler", compiler, "--json", typed="panic\nping 1\n")
    record = ran.record
    assert (ran.status, record["verdict"], record["exit_status"], record["fault"]) == (255, "panicked", 255, "kernel")
    assert record["wall_ms"] - record["ready_ms"] < 2000
    panic = record["panic"]
    assert re.match(r"kernel/syscall\.c:\d+: ", panic["message"])
    assert list(panic["registers"]) == list(REGISTERS[machine.architecture.name].names)
    calls = [(call["function"], call["file"]) for call in panic["backtrace"]]
    assert ("syscall_kernel_panic", "kernel/syscall.c") in calls
    assert ("syscall_handle", "kernel/syscall.c") in calls
    assert all(call["line"] > 0 for call in panic["backtrace"])


def test_a_panic_is_printed_for_people(machine: Machine) -> None:
    ran = run_tisslab("boot", "--machine", machine.name, typed="panic\n")
    assert ran.status == 255
    assert "kernel panic: kernel/syscall.c:" in ran.err
    assert REGISTERS[machine.architecture.name].sp in ran.err
    assert re.search(r"#\d+ +0x[0-9a-f]{16} syscall_handle at kernel/syscall\.c:\d+", ran.err)
    assert "\x1b" not in ran.err


def test_a_release_build_does_not_panic_on_demand(machine: Machine) -> None:
    ran = run_tisslab("boot", "--machine", machine.name, "--build-type", "release", typed="panic\n")
    assert ran.status not in (0, 255)


def test_no_typed_byte_is_lost(machine: Machine) -> None:
    lines = 200
    ran = run_tisslab("boot", "--machine", machine.name, typed="ping 1\n" * lines + "exit 9\n")
    assert ran.status == 9
    assert ran.out.count("1 round trip, ") == lines


def test_the_least_memory_boots(machine: Machine) -> None:
    least = f"{machine.memory_least >> 20}M"
    assert run_tisslab("boot", "--machine", machine.name, "--memory", least, typed="ping 5\ncrash\nping 5\nexit 3\n").status == 3


def test_much_memory_boots(machine: Machine) -> None:
    assert run_tisslab("boot", "--machine", machine.name, "--memory", "1G", typed="exit 3\n").status == 3


def test_counted_instructions_are_the_same_in_every_run(machine: Machine) -> None:
    # not sleep=off: QEMU 7.2 then loses itself on riscv64 when a key comes while the guest idles
    options = ["--machine", machine.name, "--build-type", "release", "--", "-icount", "shift=0"]

    def count() -> str:
        ran = run_tisslab("boot", *options, typed="ping 100\n")
        assert ran.status == 0
        match = re.search(r"100 round trips, (\d+) instructions each", ran.out)
        assert match, ran.out
        return match[1]

    assert count() == count()


@pytest.mark.parametrize("machine", [one.name for one in MACHINES if one.firmware_writes], indirect=True)
def test_what_firmware_writes_does_not_count_as_user_space(machine: Machine) -> None:
    record = run_tisslab("boot", "--machine", machine.name, "--json").record
    first_start = events(record, "server_started")[0]["ms"]
    assert record["boot_ms"] >= first_start


@pytest.mark.parametrize("machine", ["q35", "microvm", "virt"], indirect=True)
def test_nobody_but_the_console_server_writes_to_the_console(system: System) -> None:
    """These machines' firmware is silent, so a byte before the server's first line would be the kernel's."""
    system.console.read_until(b"tiss> ")
    assert bytes(system.output).startswith(b"TissOS\r\n")
