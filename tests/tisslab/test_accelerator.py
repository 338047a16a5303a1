"""Which accelerator is chosen, and that the probe tells a good one from a bad one."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from tisslab import accelerator
from tisslab.accelerator import cache_file, choose_accelerator, find_obstacle, run_probe
from tisslab.errors import BadInputError
from tisslab.machine import MACHINES, Machine, find_machine
from tisslab.payload import Payload, make_payload

Q35 = find_machine("x86_64", None)
HOST_MACHINE = next((one for one in MACHINES if one.architecture.name == platform.machine()), None)


def test_tcg_needs_no_question(machine: Machine) -> None:
    assert choose_accelerator("tcg", machine) == "tcg"


def test_an_unknown_accelerator_is_refused() -> None:
    with pytest.raises(BadInputError, match="no accelerator 'hvf': choose tcg, kvm, auto"):
        choose_accelerator("hvf", Q35)


def test_kvm_does_not_run_another_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(BadInputError, match="x86_64 machine and this host is riscv64; use --accel tcg"):
        choose_accelerator("kvm", Q35)
    assert choose_accelerator("auto", Q35) == "tcg"


def test_kvm_needs_its_device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(accelerator, "KVM_DEVICE", tmp_path / "kvm")
    assert "is missing" in (find_obstacle(Q35) or "")
    assert choose_accelerator("auto", Q35) == "tcg"


@pytest.mark.parametrize("quicker", ["tcg", "kvm"])
def test_the_probes_answer_is_remembered(quicker: str, monkeypatch: pytest.MonkeyPatch, cache_home: Path) -> None:
    asked = []

    def answer(machine: Machine) -> str:
        asked.append(machine.name)
        return quicker

    monkeypatch.setattr(accelerator, "find_obstacle", lambda machine: None)
    monkeypatch.setattr(accelerator, "probe", answer)
    assert [choose_accelerator("auto", Q35) for _ in range(3)] == [quicker] * 3
    assert asked == ["q35"]
    assert list(json.loads(cache_file().read_text()).values()) == [quicker]
    assert [path.name for path in cache_file().parent.iterdir()] == ["accelerator.json"]


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_a_spoiled_memory_is_not_believed(text: str, monkeypatch: pytest.MonkeyPatch, cache_home: Path) -> None:
    cache_file().parent.mkdir(parents=True)
    cache_file().write_text(text)
    monkeypatch.setattr(accelerator, "find_obstacle", lambda machine: None)
    monkeypatch.setattr(accelerator, "probe", lambda machine: "kvm")
    assert choose_accelerator("auto", Q35) == "kvm"


@pytest.mark.parametrize(("tcg", "kvm", "chosen"), [(0.1, 0.05, "kvm"), (0.1, None, "tcg"), (None, 0.05, "kvm"), (None, None, "tcg")])
def test_the_quicker_one_that_is_right_is_chosen(
    tcg: float | None, kvm: float | None, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "run_probe", lambda machine, name, *, patience: {"tcg": tcg, "kvm": kvm}[name])
    assert accelerator.probe(Q35) == chosen


@pytest.mark.skipif(HOST_MACHINE is None, reason="no machine of this host's architecture")
def test_the_probe_runs_to_its_end_on_tcg() -> None:
    assert HOST_MACHINE is not None
    took = run_probe(HOST_MACHINE, "tcg", patience=30)
    assert took is not None
    assert 0 < took < 30


def test_a_probe_that_ends_wrongly_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "PROBE_ROUNDS", 1)
    assert run_probe(Q35, "tcg", patience=30) is not None
    monkeypatch.setattr(accelerator, "make_payload", lambda machine, payload: make_payload(machine, Payload(status=7)))
    assert run_probe(Q35, "tcg", patience=30) is None


def test_a_probe_that_takes_too_long_is_ended() -> None:
    assert run_probe(Q35, "tcg", patience=0.02) is None


def test_auto_on_this_very_host_decides(cache_home: Path) -> None:
    assert choose_accelerator("auto", Q35) in ("tcg", "kvm")
