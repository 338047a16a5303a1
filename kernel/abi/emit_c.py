"""The C and assembly headers that come from the interface: tiss/abi.h, tiss/registers.h."""

from __future__ import annotations

from interface import Field, Interface, Registers, Structure

BANNER = "/* Made by kernel/abi/gen.py from kernel/abi/abi.toml: change that, not this. */\n"
C_TYPES = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t", "char": "char"}


def _number(value: int) -> str:
    """A number that C and assembly both read: 32 bits as they are, more through ABI_UL."""
    if value < 1 << 10:
        return str(value)
    return hex(value) if value < 1 << 31 else f"ABI_UL({value:#x})"


def _define(name: str, value: int) -> str:
    return f"#define {name} {_number(value)}"


def _table(macro: str, rows: list[str], between: str = " ") -> list[str]:
    return [f"#define {macro}(op) \\", *(f"    {row}{between} \\" for row in rows), ""]


def _constants(interface: Interface, registers: Registers) -> list[str]:
    lines = [_define("ABI_MAGIC", interface.magic), _define("ABI_VERSION", interface.version), ""]
    lines += [_define(f"STATUS_{item.name.upper()}", item.value) for item in interface.statuses]
    lines += [_define("STATUS_COUNT", len(interface.statuses)), ""]
    lines += [_define(f"RIGHT_{item.name.upper()}", item.value) for item in interface.rights]
    lines += [_define("RIGHT_ALL", sum(item.value for item in interface.rights)), ""]
    for number, item in enumerate(interface.objects):
        name = f"OBJECT_{item.name.upper()}"
        lines.append(_define(name, number))
        if item.max_bits and item.min_bits == item.max_bits:
            lines.append(_define(f"{name}_BITS", item.max_bits))
        elif item.max_bits:
            lines += [_define(f"{name}_MIN_BITS", item.min_bits), _define(f"{name}_MAX_BITS", item.max_bits)]
    lines += [_define("OBJECT_COUNT", len(interface.objects)), ""]
    lines += [_define(f"SYS_{call.name.upper()}", call.number) for call in interface.syscalls]
    lines += [_define("SYS_COUNT", len(interface.syscalls)), "", _define("MESSAGE_WORDS", len(registers.message)), ""]
    for field in interface.info:
        name, mask = f"INFO_{field.name.upper()}", ((1 << field.bits) - 1) << field.shift
        lines += [_define(f"{name}_SHIFT", field.shift), _define(f"{name}_BITS", field.bits), _define(f"{name}_MASK", mask)]
    return lines


def _more_constants(interface: Interface) -> list[str]:
    lines = ["", _define("FAULT_BASE", interface.fault_base)]
    lines += [_define(f"FAULT_{item.name.upper()}", item.value) for item in interface.faults]
    lines += [_define("FAULT_COUNT", len(interface.faults)), _define("FAULT_WORDS", len(interface.fault_words))]
    lines += [_define(f"FAULT_WORD_{name.upper()}", index) for index, name in enumerate(interface.fault_words)]
    lines += ["", *(_define(f"EVENT_{item.name.upper()}", item.value) for item in interface.event_docs)]
    lines.append(_define("EVENT_COUNT", len(interface.event_docs)))
    for group, doc, values in interface.constants:
        lines += ["", f"/* {doc} */"]
        lines += [_define(f"{group}_{item.name}".upper(), item.value) for item in values]
    lines += ["", *(_define(name.upper(), value) for name, value in interface.layout.items())]
    lines += [_define("PAGE_SIZE", 1 << interface.layout["page_bits"]), ""]
    return lines


def _tables(interface: Interface) -> list[str]:
    calls = [f"op({call.name.upper()}, {call.name})" for call in interface.syscalls]
    objects = [f"op({item.name.upper()}, {item.name}, {item.min_bits}, {item.max_bits})" for item in interface.objects]
    statuses = [f'op({item.name.upper()}, {item.name}, "{item.doc}")' for item in interface.statuses]
    faults = [f'op({item.name.upper()}, {item.name}, "{item.doc}")' for item in interface.faults]
    return [
        "/* op(UPPER, lower): every syscall, in the order of its number. */",
        *_table("SYSCALLS", calls),
        "/* op(UPPER, lower, smallest size in bits, largest): every object type; 0 where it is not memory. */",
        *_table("OBJECTS", objects),
        "/* op(UPPER, lower, text): every status. */",
        *_table("STATUSES", statuses),
        "/* op(UPPER, lower, text): every kind of fault. */",
        *_table("FAULTS", faults),
    ]


def _declare(field: Field) -> str:
    kind = f"struct {field.element}" if field.nested else C_TYPES[field.element]
    # One structure is a member, not an array of one.
    counts = () if field.nested and field.counts == (1,) else field.counts
    text = f"    {kind} {field.name}{''.join(f'[{count}]' for count in counts)};"
    return f"{text} /* {field.doc} */" if field.doc else text


def _structure(name: str, structure: Structure) -> list[str]:
    if not structure.fields:
        return []
    lines = [f"/* {structure.doc} */", f"struct {name} {{", *(_declare(field) for field in structure.fields), "};"]
    return [*lines, f'_Static_assert(sizeof(struct {name}) == {structure.size}, "struct {name} has padding");', ""]


def abi_header(interface: Interface, architecture: str) -> str:
    """The text of tiss/abi.h for an architecture."""
    lines = [BANNER + "#ifndef TISS_ABI_H", "#define TISS_ABI_H", ""]
    lines += ["#ifdef __ASSEMBLER__", "#define ABI_UL(number) number", "#else", "#define ABI_UL(number) number##UL", "#endif", ""]
    lines += _constants(interface, interface.registers[architecture]) + _more_constants(interface) + _tables(interface)
    lines += ["#ifndef __ASSEMBLER__", "#include <stdint.h>", "", "typedef uint64_t word_t;", "typedef uint64_t status_t;", ""]
    for structure in interface.structures:
        lines += _structure(structure.name, structure)
    for event in interface.events:
        lines += _structure(f"event_{event.name}", event)
    return "\n".join([*lines, "#endif", "#endif", ""])


def _accessors(registers: Registers) -> list[str]:
    lines = []
    for role, what in (("pc", "program counter"), ("sp", "stack pointer"), ("fp", "frame pointer")):
        member = registers.member(getattr(registers, role))
        lines += [f"/* The {what}. */", f"static inline uint64_t registers_{role}(const struct registers *registers)"]
        lines += ["{", f"    return registers->{member};", "}", ""]
        if role != "fp":
            lines.append(f"static inline void registers_set_{role}(struct registers *registers, uint64_t value)")
            lines += ["{", f"    registers->{member} = value;", "}", ""]
    return lines


def registers_header(interface: Interface, architecture: str) -> str:
    """The text of tiss/registers.h for an architecture."""
    registers = interface.registers[architecture]
    lines = [BANNER + "#ifndef TISS_REGISTERS_H", "#define TISS_REGISTERS_H", "", "#include <tiss/abi.h>", ""]
    lines += ["/* Byte offsets in struct registers. */"]
    lines += [f"#define REG_{name} {registers.offset(name)}" for name in registers.names]
    lines += [f"#define REG_{role.upper()} {registers.offset(getattr(registers, role))}" for role in ("pc", "sp", "fp", "resume")]
    lines += [f"#define REGISTER_COUNT {len(registers.names)}", f"#define REGISTERS_SIZE {8 * len(registers.names)}", ""]
    groups = {
        "REGISTERS_MESSAGE": ("message registers", registers.message),
        "REGISTERS_SAVED": ("what else is saved", registers.saved),
        "REGISTERS_UNTRAPPED": ("what each trap saves", registers.untrapped),
        "REGISTERS_ALL": ("every one", registers.names),
    }
    for macro, (doc, names) in groups.items():
        lines.append(f"/* op(name, byte offset); in order: {doc}. */")
        lines += _table(macro, [f"op({name}, {registers.offset(name)})" for name in names], between=";")
    lines += ["#ifndef __ASSEMBLER__", "#include <stddef.h>", "", "/* A thread's saved state. */", "struct registers {"]
    lines += [f"    uint64_t number; /* {registers.number} */", f"    uint64_t cap; /* {registers.cap} */"]
    lines += [f"    uint64_t info; /* {registers.info} */", f"    uint64_t message[MESSAGE_WORDS]; /* {', '.join(registers.message)} */"]
    lines += [f"    uint64_t {name};" for name in (*registers.saved, *registers.kept, *registers.trap)] + ["};"]
    for name in registers.names:
        place = f"offsetof(struct registers, {registers.member(name)})"
        lines.append(f'_Static_assert({place} == REG_{name}, "REG_{name}");')
    lines += ['_Static_assert(sizeof(struct registers) == REGISTERS_SIZE, "REGISTERS_SIZE");', "", *_accessors(registers)]
    return "\n".join([*lines, "#endif", "#endif", ""])
