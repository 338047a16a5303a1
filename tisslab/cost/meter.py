"""Who can count an operation: the interface, and what comes out of it.

A meter performs operations on a build and returns for each what its rounds were: instruction by instruction (`Samples.windows`), or in
cycles of a core that it models (`Samples.cycles`), or both. What these mean is `count`'s to say. A meter is a peer of the others: nothing
outside its own module knows which one counted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tisslab.build import ROOT, Build, ensure_build
from tisslab.cost.operations import Operation
from tisslab.cost.trace import Window
from tisslab.image import Image
from tisslab.machine import Machine


@dataclass(frozen=True)
class Target:
    """What is measured: a build's output folder with the programs of tests/ipc in it, and the checkout that it was made of."""

    machine: Machine
    folder: Path
    compiler: str = "clang"
    build_type: str = "release"
    root: Path = ROOT

    @property
    def arch(self) -> str:
        """The architecture's name."""
        return self.machine.architecture.name

    @property
    def is_budgeted(self) -> bool:
        """Is this what budgets and kept results are of: a release build on the architecture's own machine?"""
        return self.build_type == "release" and self.machine.name == self.machine.architecture.default_machine

    @cached_property
    def kernel(self) -> Image:
        """The kernel."""
        return Image.open(self.folder / "kernel.elf")

    def program(self, operation: Operation) -> Path:
        """The program that performs an operation; its archive stands beside it."""
        return self.folder / "ipc" / f"{operation.program}.elf"


@dataclass(frozen=True)
class Samples:
    """The rounds of one operation, those to warm up left out.

    `windows` and `cycles` are empty where a meter does not know them. `counted` is what the program itself counted by the processor's
    counter, least and most; None if it could not. `core` is the modelled core's name, `cycles_at` where the cycles of one round went, by address,
    and `stalls` in how many of them a stage of the pipeline stood still, by cause; a cycle may stand there more than once.
    """

    operation: Operation
    windows: tuple[Window, ...] = ()
    cycles: tuple[int, ...] = ()
    counted: tuple[int, int] | None = None
    core: str | None = None
    cycles_at: Mapping[int, int] = field(default_factory=dict)
    stalls: Mapping[str, int] = field(default_factory=dict)


class Meter(ABC):
    """`name` and `core` (None where no core is modelled) are what records call it."""

    name: str
    core: str | None = None

    @abstractmethod
    def measure(self, target: Target, operations: Sequence[Operation]) -> list[Samples]:
        """Perform the operations. Errors: ToolMissingError; MachineError if one does not come to its end."""


def built_target(machine: Machine, *, compiler: str = "clang", build_type: str = "release") -> Target:
    """Build what is to be measured, if need be. Errors: BadInputError, ToolMissingError, BuildError."""
    arch = machine.architecture.name
    folder = ensure_build(arch=arch, compiler=compiler, build_type=build_type, target="ipc")
    build = Build(arch, compiler, build_type)
    return Target(machine=machine, folder=folder, compiler=build.compiler, build_type=build.build_type)
