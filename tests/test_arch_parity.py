"""Both architectures supply the same: the same file names, and every function that the contract, kernel/arch.h, declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("kernel/arch", "servers/lib/arch", "tests/guest/lib/arch")
EXTRA: Mapping[str, Mapping[str, set[str]]] = {
    "kernel/arch": {
        "riscv64": {
            "firmware.S",  # the machine-mode page that virt starts from
            "fpu.S",  # the floating-point registers, which C cannot name here
            "machine_riscv.h",  # where the device tree says that its devices are
        },
        "x86_64": {
            "apic.h",  # the interrupt controller that the timer is a part of
            "pcid.h",  # address-space identifiers, tested on the host
        },
    },
    "servers/lib/arch": {},
    "tests/guest/lib/arch": {},
}
"""Files that one architecture has and the others do not need."""


def architectures(folder: Path) -> dict[str, set[str]]:
    """The file names of each architecture."""
    return {path.name: {file.name for file in path.iterdir()} for path in folder.iterdir() if path.is_dir()}


def differences(files: Mapping[str, set[str]], extra: Mapping[str, set[str]]) -> list[str]:
    """What an architecture lacks, and extras that do not exist."""
    common = {name: names - extra.get(name, set()) for name, names in files.items()}
    everywhere = set().union(*common.values())
    lacking = [f"{name} lacks {file}" for name, names in common.items() for file in sorted(everywhere - names)]
    gone = [f"{name} has no {file} any more" for name, names in extra.items() for file in sorted(names - files.get(name, set()))]
    return lacking + gone


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_same_files(folder: str) -> None:
    files = architectures(ROOT / folder)
    assert set(files) == {"x86_64", "riscv64"}
    assert differences(files, EXTRA[folder]) == []


def test_a_difference_is_seen() -> None:
    files = {"a": {"trap.c", "irq.c"}, "b": {"trap.c", "more.S"}}
    assert differences(files, {}) == ["a lacks more.S", "b lacks irq.c"]
    assert differences(files, {"b": {"more.S"}}) == ["b lacks irq.c"]
    assert differences({"a": {"x.c"}, "b": {"x.c"}}, {"b": {"more.S"}}) == ["b has no more.S any more"]


# ---------------------------------------------------------------- the contract


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def declared_functions(header: str) -> set[str]:
    """The functions that a header declares."""
    return set(re.findall(r"^[A-Za-z_][\w \t*]*?\**\b(\w+)\([^;{}]*\)\s*;", without_comments(header), flags=re.MULTILINE))


def defined_functions(source: str, *, assembly: bool) -> set[str]:
    """The functions that a C file defines at its outer level, or the global labels of an assembly file."""
    if assembly:
        labels = set(re.findall(r"^(\w+):", source, flags=re.MULTILINE))
        return labels & set(re.findall(r"\.glob[a]?l\s+(\w+)", source)) | set(
            re.findall(r"^\s*FUNCTION\((\w+)\)", source, flags=re.MULTILINE)
        )
    return set(re.findall(r"^[A-Za-z_][\w \t*]*?\**\b(\w+)\([^;{}]*\)\s*\{", without_comments(source), flags=re.MULTILINE))


def defined_in(folder: Path) -> set[str]:
    """The functions that the files of a folder define."""
    found = set[str]()
    for path in folder.iterdir():
        if path.suffix in (".c", ".h", ".S"):
            found |= defined_functions(path.read_text(), assembly=path.suffix == ".S")
    return found


def promised_by_cpu_header(contract: str) -> set[str]:
    """The names that the contract's comment on cpu.h lists: constants, functions and struct hart_cpu."""
    (comment,) = re.findall(r"/\*[\s*]*cpu\.h, included above, defines:(.*?)\*/", contract, flags=re.DOTALL)
    first_words = re.findall(r"^ \*   (?:struct )?([A-Z][A-Z_]{3,}|hart_cpu)\b", comment, flags=re.MULTILINE)
    return set(first_words) | set(re.findall(r"\b(\w+)\(", comment))


@pytest.mark.parametrize("arch", ["x86_64", "riscv64"])
def test_every_function_of_the_contract_is_there(arch: str) -> None:
    contract = (ROOT / "kernel" / "arch.h").read_text()
    declared = declared_functions(contract)
    assert len(declared) > 20
    missing = declared - defined_in(ROOT / "kernel" / "arch" / arch) - defined_in(ROOT / "kernel")
    assert not missing, f"kernel/arch.h declares what neither kernel/arch/{arch} nor kernel/ defines: {sorted(missing)}"


@pytest.mark.parametrize("arch", ["x86_64", "riscv64"])
def test_cpu_header_holds_what_the_contract_promises(arch: str) -> None:
    promised = promised_by_cpu_header((ROOT / "kernel" / "arch.h").read_text())
    assert {"hart_self", "KERNEL_OFFSET", "hart_cpu"} <= promised
    words = set(re.findall(r"\w+", without_comments((ROOT / "kernel" / "arch" / arch / "cpu.h").read_text())))
    assert promised <= words, f"kernel/arch/{arch}/cpu.h lacks {sorted(promised - words)}"


def test_functions_are_recognised() -> None:
    header = "/* int no(void); */\n_Noreturn void stop(unsigned a);\nstruct x *get(void);\nint two(int a,\n        int b);\n"
    header += "static inline int f(void) { return 1; }\n"
    assert declared_functions(header) == {"stop", "get", "two"}
    source = "void stop(unsigned a)\n{\n    call(a);\n}\nstatic inline struct x *get(void) { return 0; }\nint declared(void);\n"
    assert defined_functions(source, assembly=False) == {"stop", "get"}
    assert defined_functions(".globl entry\nentry:\n    nop\nlocal:\n", assembly=True) == {"entry"}
