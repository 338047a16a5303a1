"""The fixtures, as a project of somebody else's uses them."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

KERNEL = """
import pytest
from tisslab.boot_plan import BootRequest
from tisslab.payload import Payload, make_payload

@pytest.fixture
def boot_request(machine, tmp_path):
    path = tmp_path / "kernel.elf"
    path.write_bytes(make_payload(machine.architecture.elf_machines[0], Payload(text=b"hello", status=7)))
    return BootRequest(machine=machine, kernel=path)
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def test_another_kernel_on_every_machine(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(KERNEL)
    pytester.makepyfile("""
        def test_it(system, console):
            assert console.read_until(b"hello").endswith(b"hello")
            assert system.run().exit_status == 7
    """)
    run(pytester).assert_outcomes(passed=4)


def test_machines_are_chosen_by_options_and_by_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        def test_all(machine):
            assert machine.architecture.name == "riscv64"

        @pytest.mark.parametrize("machine", ["microvm"], indirect=True)
        def test_one(machine):
            assert machine.name == "microvm"
    """)
    run(pytester, "--tiss-arch", "riscv64").assert_outcomes(passed=3)
    run(pytester, "--tiss-machine", "virt").assert_outcomes(passed=2)


def test_an_unknown_machine_is_wrong_use(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(machine): pass")
    result = run(pytester, "--tiss-machine", "pdp11")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*there is no machine 'pdp11'*"])


def test_a_machine_that_ends_too_early_fails_the_test(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(KERNEL)
    pytester.makepyfile("""
        def test_it(console):
            console.read_until(b"never")
    """)
    result = run(pytester, "--tiss-machine", "q35")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*MachineError: the run ended before console output b'never'*"])
