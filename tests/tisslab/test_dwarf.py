"""tisslab.dwarf and dwarf_reader: lines, inlined functions and structures of what both compilers make for both architectures, in DWARF 4 and 5."""

from __future__ import annotations

import pytest

from tisslab.dwarf import DwarfIndex, Frame, Line
from tisslab.dwarf_reader import make_index
from tisslab.image import Image

SOURCE = """
struct node { struct node *next; int v[4]; unsigned a : 3, b : 5; union { int x; long y; }; };
typedef struct { char c; long d[2][3]; } unnamed_t;
volatile int sink; struct node node; unnamed_t unnamed;
static inline __attribute__((always_inline)) int innermost(int a)
{
    return a * sink; // LINE innermost
}
static inline __attribute__((always_inline)) int middle(int a)
{
    int b = innermost(a); // LINE middle
    return b + sink;
}
__attribute__((noinline)) int outer(int a)
{
    sink = 1;
    return middle(a) + 1; // LINE outer
}
__attribute__((noinline)) int dropped(int a) { return a + sink; }
void _start(void)
{
    sink = outer(3) + node.v[0] + unnamed.c;
    for (;;) ;
}
"""
LINES = {line.split("LINE ")[1]: number for number, line in enumerate(SOURCE.splitlines(), 1) if "LINE " in line}


@pytest.fixture(params=["-gdwarf-4", "-gdwarf-5"])
def image(request: pytest.FixtureRequest, toolchain, compile_program) -> Image:
    compiler, arch = toolchain
    return Image.open(compile_program(SOURCE, compiler=compiler, arch=arch, options=("-O2", request.param)))


def test_frames_across_inlined_functions(image: Image) -> None:
    outer = image.symbol("outer")
    deepest = max((image.frames(address) for address in range(outer.address, outer.address + outer.size)), key=len)
    assert deepest == (
        Frame("innermost", "program.c", LINES["innermost"], inlined=True),
        Frame("middle", "program.c", LINES["middle"], inlined=True),
        Frame("outer", "program.c", LINES["outer"]),
    )
    assert [frame.function for frame in image.frames(outer.address)] == ["outer"]


def test_addresses_outside_have_no_frames(image: Image) -> None:
    end = max(function.high for function in image.dwarf.functions)
    assert image.dwarf.frames(end + 4096) == ()
    assert image.dwarf.frames(0) == ()
    assert image.dwarf.line_at(end + 4096) is None


def test_functions_that_the_linker_dropped_are_not_there(image: Image) -> None:
    assert {function.name for function in image.dwarf.functions} == {"outer", "_start"}


def test_structures(image: Image) -> None:
    node = image.dwarf.structure("struct node")
    assert node.size == 40
    assert {name: (field.offset, field.size) for name, field in node.fields.items() if not field.bit_size} == {
        "next": (0, 8),
        "v": (8, 16),
        "x": (32, 4),
        "y": (32, 8),
    }
    assert node.fields["next"].type == "struct node *"
    assert node.fields["v"].type == "int[4]"
    bits = [(node.fields[name].offset * 8 + node.fields[name].bit_offset, node.fields[name].bit_size) for name in "ab"]
    assert bits == [(24 * 8, 3), (24 * 8 + 3, 5)]
    unnamed = image.dwarf.structure("unnamed_t")
    assert unnamed.size == 56
    assert unnamed.fields["d"].size == 48
    assert unnamed.fields["d"].type.endswith("[2][3]")


def test_assembly_has_its_line_and_its_symbol(compile_program, tmp_path) -> None:
    (tmp_path / "entry.S").write_text(".globl _start\n.text\n_start:\n    nop\n    nop\n")
    path = compile_program("int unused;", options=("-g", "entry.S"))
    image = Image.open(path)
    (frame,) = image.frames(image.entry + 1)
    assert (frame.function, frame.file, frame.line) == ("_start", "entry.S", 5)


def test_functions_without_a_gap_between_them(compile_program, tmp_path) -> None:
    """The second function's first line is at the address where the first one's lines end."""
    sections = '.section .text.{0}, "ax"\n.globl {0}\n{0}:\n    nop\n    nop\n'
    (tmp_path / "both.S").write_text(sections.format("_start") + sections.format("next") + ".globl last\nlast: nop\n")
    image = Image.open(compile_program("", options=("-g", "both.S", "-Wl,--no-gc-sections")))
    assert image.symbol("next").address == image.entry + 2
    assert image.dwarf.line_at(image.entry) == ("both.S", 4)
    assert image.dwarf.line_at(image.symbol("next").address) == ("both.S", 9)
    assert image.dwarf.line_at(image.symbol("last").address + 1) is None


def test_what_the_compiler_put_in_between_counts_to_the_line_before() -> None:
    index = DwarfIndex(files=("a.c",), lines=(Line(16, 0, 3), Line(20, 0, 0), Line(24, 0, 5), Line(28, 0, -1), Line(32, 0, 0)))
    assert [index.line_at(address) for address in (15, 19, 20, 24, 28, 32)] == [None, ("a.c", 3), ("a.c", 3), ("a.c", 5), None, None]


def test_no_debugging_information(compile_program) -> None:
    image = Image.open(compile_program(SOURCE, options=("-g0",)))
    assert make_index(image.elf, is_code=image.is_code) == DwarfIndex()


def test_damaged_debugging_information_is_as_if_not_there(compile_program) -> None:
    image = Image.open(compile_program(SOURCE))
    section = next(section for section in image.elf.iter_sections() if section.name == ".debug_info")
    start, size = section["sh_offset"], section["sh_size"]
    for step in range(0, size, 7):
        damaged = image.data[: start + step] + b"\xee" * min(16, size - step) + image.data[start + step + min(16, size - step) :]
        make_index(Image.parse(damaged, path=image.path).elf, is_code=image.is_code)  # whatever it finds, it does not raise
    assert image.frames(image.entry)
