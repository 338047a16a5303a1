"""Fixtures that boot TissOS, or any kernel, in anybody's pytest: `machine`, `system` and `console`.

    def test_ping(system):
        assert system.run("ping 10").exit_status == 0

    def test_help(console):
        assert b"ping" in console.ask(b"help")

`machine` is every machine that the options --tiss-arch and --tiss-machine leave; a test that wants one says so by
`@pytest.mark.parametrize("machine", ["virt"], indirect=True)`. `system` is a machine on which `boot_request` has said that it is ready;
it is ended after the test, on every path. Who boots another kernel overrides `boot_request`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tisslab.errors import TissError
from tisslab.machine import MACHINES, Machine, find_architecture, find_machine, machines_of

if TYPE_CHECKING:
    from tisslab.boot_plan import BootRequest
    from tisslab.driver import Console, System

BUILD_TYPE, COMPILER = "debug", "clang"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose machines and builds."""
    group = parser.getgroup("tisslab")
    group.addoption("--tiss-arch", metavar="A", help="only machines of this architecture")
    group.addoption("--tiss-machine", metavar="M", help="only this machine")
    group.addoption("--tiss-build-type", metavar="T", default=BUILD_TYPE, help=f"build to boot; default {BUILD_TYPE}")
    group.addoption("--tiss-compiler", metavar="C", default=COMPILER, help=f"compiler of the build to boot; default {COMPILER}")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a wrong choice before anything is collected."""
    chosen_machines(config)


def chosen_machines(config: pytest.Config) -> tuple[Machine, ...]:
    """The machines that the options choose."""
    arch, name = config.getoption("--tiss-arch"), config.getoption("--tiss-machine")
    try:
        if name is not None:
            return (find_machine(arch, name),)
        return MACHINES if arch is None else machines_of(find_architecture(arch))
    except TissError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses `machine` once on each of them, unless it chooses for itself."""
    chosen = any("machine" in _names(mark) for mark in metafunc.definition.iter_markers("parametrize"))
    if "machine" in metafunc.fixturenames and not chosen:
        machines = chosen_machines(metafunc.config)
        metafunc.parametrize("machine", machines, indirect=True, ids=[machine.name for machine in machines])


def _names(mark: pytest.Mark) -> list[str]:
    """The arguments that a `parametrize` mark gives values to."""
    names = mark.args[0] if mark.args else mark.kwargs["argnames"]
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)


@pytest.fixture
def machine(request: pytest.FixtureRequest) -> Machine:
    """A machine of tisslab.machine.MACHINES."""
    asked = request.param
    return asked if isinstance(asked, Machine) else find_machine(None, asked)


@pytest.fixture
def boot_request(machine: Machine, request: pytest.FixtureRequest) -> BootRequest:
    """What `system` boots: the build that --tiss-compiler and --tiss-build-type name, brought up to date."""
    from tisslab.boot_plan import BootRequest
    from tisslab.build import ensure_build

    compiler, build_type = request.config.getoption("--tiss-compiler"), request.config.getoption("--tiss-build-type")
    folder = ensure_build(arch=machine.architecture.name, compiler=compiler, build_type=build_type)
    return BootRequest(machine=machine, build=folder)


@pytest.fixture
def system(boot_request: BootRequest) -> Iterator[System]:
    """A system that has said that it is ready; a foreign kernel, which says nothing, counts as ready once it is started."""
    from tisslab.driver import booted

    with booted(boot_request) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture
def console(system: System) -> Console:
    """The console of `system`."""
    return system.console
