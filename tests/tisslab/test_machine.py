"""The tables of machines, and how names choose among them."""

import pytest

from tisslab.errors import BadInputError
from tisslab.machine import ARCHITECTURES, ISA_DEBUG_EXIT, MACHINES, SIFIVE_TEST, find_machine, machines_of


def test_each_architecture_has_its_default_machine_first() -> None:
    for architecture in ARCHITECTURES.values():
        assert machines_of(architecture)[0].name == architecture.default_machine


def test_names_are_unique() -> None:
    assert len({machine.name for machine in MACHINES}) == len(MACHINES)


@pytest.mark.parametrize(
    ("arch", "name", "found"),
    [(None, None, "q35"), ("riscv64", None, "virt"), (None, "virt-opensbi", "virt-opensbi"), ("x86_64", "microvm", "microvm")],
)
def test_names_choose(arch: str | None, name: str | None, found: str) -> None:
    assert find_machine(arch, name).name == found


@pytest.mark.parametrize(
    ("arch", "name", "words"),
    [
        ("arm", None, ["'arm'", "x86_64", "riscv64"]),
        (None, "pdp11", ["'pdp11'", "q35", "virt-opensbi"]),
        ("riscv64", "q35", ["'q35'", "for riscv64", "virt, virt-opensbi"]),
    ],
)
def test_an_unknown_name_is_refused_with_the_choice(arch: str | None, name: str | None, words: list[str]) -> None:
    with pytest.raises(BadInputError) as caught:
        find_machine(arch, name)
    assert all(word in str(caught.value) for word in words)


def test_exit_devices_decode() -> None:
    # isa-debug-exit makes 2v+1 of v, sifive_test passes it on
    assert [ISA_DEBUG_EXIT.status(code) for code in (1, 11, 255, 0)] == [0, 5, 127, 0]
    assert [SIFIVE_TEST.status(code) for code in (0, 5, 255)] == [0, 5, 255]
