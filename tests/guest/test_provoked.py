"""Every error that abi.toml lists for a call is provoked by a guest case, or stands below with the reason why none can."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.guest.cases import all_cases, all_provoked, cases_of, provoked_in, sources
from tisslab import _abi

UNPROVOKED: Mapping[tuple[str, str], str] = {}
"""(call, error) that no program can bring about, and why."""


def listed() -> set[tuple[str, str]]:
    return {(call.name, error) for call in _abi.SYSCALLS for error in call.errors}


def test_each_error_of_each_call_is_provoked() -> None:
    provoked = {(one.call, one.error) for one in all_provoked()}
    missing = sorted(listed() - provoked - set(UNPROVOKED))
    assert not missing, "no guest case provokes: " + ", ".join(f"{call} {error}" for call, error in missing)


def test_what_is_provoked_is_listed() -> None:
    strangers = [f"{one.place}: {one.call} {one.error}" for one in all_provoked() if (one.call, one.error) not in listed()]
    assert not strangers, "abi.toml does not list: " + ", ".join(strangers)


def test_the_table_of_exceptions_is_not_too_long() -> None:
    provoked = {(one.call, one.error) for one in all_provoked()}
    assert set(UNPROVOKED) <= listed()
    assert not set(UNPROVOKED) & provoked


def test_an_error_is_provoked_by_its_own_call() -> None:
    wrong = [f"{one.place}: {one.call} by {one.function}" for one in all_provoked() if not one.is_by_its_own_call]
    assert not wrong, ", ".join(wrong)


def test_the_names_of_cases_are_unique_in_their_program() -> None:
    names = [(case.object, case.name) for case in all_cases()]
    assert len(names) == len(set(names)) > 0
    assert {case.object for case in all_cases()} == {path.stem for path in sources()}


def test_cases_and_errors_are_read_from_a_source() -> None:
    text = "TEST(one)\n{\n    PROVOKES(cap_copy, no_cap,\n             cap_copy(0, 1));\n}\n\nTEST_PANICS(two)\n"
    text += "    PROVOKES(call, no_cap, ipc(SYS_SEND, 1, NULL));\n"
    assert [(case.name, case.line, case.panics) for case in cases_of(Path("cap.c"), text)] == [("one", 1, False), ("two", 7, True)]
    right, wrong = provoked_in(Path("cap.c"), text)
    assert (right.call, right.error, right.place, right.is_by_its_own_call) == ("cap_copy", "no_cap", "cap.c:3", True)
    assert (wrong.call, wrong.function, wrong.argument, wrong.is_by_its_own_call) == ("call", "ipc", "SYS_SEND", False)
