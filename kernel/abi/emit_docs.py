"""The reference page that comes from the interface: docs/abi.md."""

from __future__ import annotations

from interface import Interface, Structure, Syscall

BANNER = "<!-- Made by kernel/abi/gen.py from kernel/abi/abi.toml: change that, not this. -->\n"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _table(head: list[str], rows: list[list[object]]) -> list[str]:
    return [_row(*head), _row(*("---" for _ in head)), *(_row(*row) for row in rows), ""]


def _registers(interface: Interface) -> list[str]:
    lines = ["## Registers", "", "A syscall's number goes in and its status comes out of one register; a message is the registers.", ""]
    roles = {
        "number in, status out": "number",
        "capability in, badge out": "cap",
        "info, in and out": "info",
        "message": "message",
        "resumes at the address in": "resume",
        "program counter, stack pointer, frame pointer": "",
    }
    files = interface.registers.values()
    rows: list[list[object]] = []
    for text, role in roles.items():
        cells = [(f.pc, f.sp, f.fp) if not role else getattr(f, role) for f in files]
        rows.append([text, *(cell if isinstance(cell, str) else " ".join(cell) for cell in cells)])
    lines += _table(["", *interface.registers], rows)
    lines += [
        "A message syscall keeps the stack pointer, the program counter and the thread pointer (x86_64: FS base, which WRFSBASE writes where",
        "CPUID has FSGSBASE, else thread_write; riscv64: tp, and gp too); every message register comes back with what the other side sent, 0",
        "beyond what was sent where the stub of `servers/lib` scrubs. A plain syscall keeps every register but the status, its results and",
        "what the trap itself takes.",
        "",
        "Floating-point and vector registers (x86_64: x87, SSE, AVX; riscv64: F, D) belong to their thread alone: kept over preemption and",
        "plain syscalls; all 0 and with default control in a thread that never used them. Over a message syscall they are dead: a thread may",
        "not rely on what it left there, though it never finds another's. The same holds for x86_64's GS base.",
        "",
    ]
    return lines


def _syscall(call: Syscall) -> list[str]:
    lines = [f"### {call.number}: {call.name}", "", f"{call.doc}", ""]
    rows: list[list[object]] = []
    for item in call.args:
        rights = " + ".join(item.rights)
        rows.append(["in", item.name, item.type or "number", rights, item.doc])
    rows += [["out", item.name, "number", "", item.doc] for item in call.results]
    if rows:
        lines += _table(["", "name", "type", "rights", "meaning"], rows)
    errors = ", ".join(f"`{name}`" for name in call.errors) or "none"
    return [*lines, f"Kind: {call.kind}. Errors: {errors}.", ""]


def _structure(structure: Structure, size: str) -> list[str]:
    lines = [f"### {structure.name}", "", f"{structure.doc} {size}: {structure.size} bytes.", ""]
    rows: list[list[object]] = [
        [field.offset, field.name, field.element + "".join(f"[{count}]" for count in field.counts), field.doc] for field in structure.fields
    ]
    return lines + (_table(["offset", "field", "type", "meaning"], rows) if rows else [])


def _tables(interface: Interface) -> list[str]:
    lines = ["## The info word", ""]
    lines += _table(["field", "first bit", "bits", "meaning"], [[f.name, f.shift, f.bits, f.doc] for f in interface.info])
    lines += ["## Statuses", "", *_table(["number", "name", "meaning"], [[s.value, s.name, s.doc] for s in interface.statuses])]
    lines += ["## Rights", "", *_table(["value", "name", "meaning"], [[r.value, r.name, r.doc] for r in interface.rights])]
    objects: list[list[object]] = [
        [number, item.name, f"{item.min_bits}-{item.max_bits}" if item.max_bits != item.min_bits else item.max_bits or "", item.doc]
        for number, item in enumerate(interface.objects)
    ]
    return [*lines, "## Objects", "", *_table(["number", "name", "size, log2 of bytes", "meaning"], objects)]


def _faults(interface: Interface) -> list[str]:
    words = ", ".join(f"`{word}`" for word in interface.fault_words)
    lines = ["## Faults", "", f"A fault's label is {interface.fault_base:#x} + its kind; its words are {words}.", ""]
    return lines + _table(["kind", "name", "meaning"], [[item.value, item.name, item.doc] for item in interface.faults])


def reference(interface: Interface) -> str:
    """The text of docs/abi.md."""
    lines = [BANNER, "# The kernel interface", "", f"Version {interface.version}, magic {interface.magic:#018x}.", ""]
    lines += _registers(interface) + _tables(interface)
    lines += ["## Syscalls", ""]
    for call in interface.syscalls:
        lines += _syscall(call)
    lines += _faults(interface)
    lines += ["## Structures", "", "Little-endian, naturally aligned, without padding.", ""]
    for structure in interface.structures:
        lines += _structure(structure, "Size")
    lines += ["## Events on the lab channel", "", "Each record is struct lab_record, then this payload.", ""]
    for event in interface.events:
        lines += _structure(event, "Payload")
    for name, doc, values in interface.constants:
        lines += [f"## {name}", "", f"{doc}", "", *_table(["value", "name", "meaning"], [[v.value, v.name, v.doc] for v in values])]
    lines += ["## Layout", "", *_table(["name", "value"], [[name, hex(value)] for name, value in interface.layout.items()])]
    return "\n".join(lines).rstrip("\n") + "\n"
