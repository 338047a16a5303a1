"""Records for programs: plain dictionaries that json.dumps takes. Numbers that are addresses are written as hexadecimal text."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tisslab.backtrace import Call
from tisslab.events import Event
from tisslab.machine import Machine
from tisslab.outcome import Outcome
from tisslab.postmortem import PanicReport
from tisslab.session import Moment

ADDRESSES = {"pc", "sp", "fp", "address", "thread", "cause"}


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """The record of `tisslab boot --json`."""
    verdict = outcome.verdict
    return {
        "verdict": str(verdict.kind),
        "exit_status": verdict.exit_status,
        "fault": str(verdict.fault),
        "sentence": verdict.sentence,
        "arch": outcome.machine.architecture.name,
        "machine": outcome.machine.name,
        "accelerator": outcome.accelerator,
        "boot_ms": _rounded(outcome.boot_ms),
        "ready_ms": _rounded(outcome.ready_ms),
        "wall_ms": _rounded(outcome.wall_ms),
        "panic": panic_record(outcome.panic) if outcome.panic is not None else None,
        "crashes": [{"server": crash.crash.name, "sentence": crash.sentence, "place": _calls(crash.calls)} for crash in outcome.crashes],
        "events": [moment_record(moment) for moment in outcome.moments],
    }


def panic_record(report: PanicReport) -> dict[str, Any]:
    """A panic: message, registers and backtrace."""
    return {
        "message": report.panic.message,
        "cause": hex(report.panic.cause),
        "address": hex(report.panic.address),
        "registers": {name: hex(value) for name, value in report.registers.items()},
        "backtrace": _calls(report.calls),
    }


def moment_record(moment: Moment) -> dict[str, Any]:
    """An event, its name as `server_started`, with its time."""
    return {"ms": _rounded(moment.ms), "event": event_name(moment.event), **_event_fields(moment.event)}


def event_name(event: Event) -> str:
    """The event's class as words: `ServerStarted` is `server_started`."""
    name = type(event).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def machine_record(machine: Machine) -> dict[str, Any]:
    """The record of one line of `tisslab machines --json`."""
    return {
        "machine": machine.name,
        "arch": machine.architecture.name,
        "default": machine.architecture.default_machine == machine.name,
        "summary": machine.summary,
        "firmware": machine.firmware,
        "memory": machine.memory,
        "qemu": machine.architecture.qemu,
    }


def _event_fields(event: Event) -> dict[str, Any]:
    # the panic stands in the record itself, with its registers by name
    fields = {} if event_name(event) == "kernel_panicked" else asdict(event)
    return {name: hex(value) if name in ADDRESSES and isinstance(value, int) else value for name, value in fields.items()}


def _calls(calls: tuple[Call, ...]) -> list[dict[str, Any]]:
    return [{**asdict(call), "address": hex(call.address)} for call in calls]


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 2)
