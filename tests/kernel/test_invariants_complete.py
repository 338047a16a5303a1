"""Every assert of kernel/invariants*.c has a case that breaks it: a new invariant without one is red here.

A case says which by `BREAKS(function, fact)`; that this very fact is what the kernel stops at is the case's own matter (broken.c).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.kernel.host_build import HERE, ROOT

FUNCTION = re.compile(r"^[a-z][^\n;=]*?\b(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

Fact = tuple[str, str]
"""(function, what it asserts, as the preprocessor spells it)"""


def arguments(text: str, name: str) -> Iterator[list[str]]:
    """What each use of a macro is given, blanks as the preprocessor leaves them."""
    for use in re.finditer(rf"\b{name}\(", text):
        depth, words = 1, [""]
        for character in text[use.end() :]:
            depth += (character in "([{") - (character in ")]}")
            if depth == 0:
                break
            if depth == 1 and character == ",":
                words.append("")
            else:
                words[-1] += character
        yield [" ".join(word.split()) for word in words]


def asserted(source: str) -> list[Fact]:
    """The facts of a kernel file, by function."""
    found = FUNCTION.findall(COMMENT.sub("", source))
    return [(function, words[0]) for function, body in found for words in arguments(body, "assert")]


def broken(source: str) -> list[Fact]:
    """The facts that the cases of a test file break."""
    return [(words[0], ", ".join(words[1:])) for words in arguments(COMMENT.sub("", source), "BREAKS")]


def kernel_facts() -> list[Fact]:
    return [fact for path in sorted((ROOT / "kernel").glob("invariants*.c")) for fact in asserted(path.read_text())]


def test_every_assert_is_found() -> None:
    text = "".join(path.read_text() for path in (ROOT / "kernel").glob("invariants*.c"))
    assert len(kernel_facts()) == len(re.findall(r"\bassert\(", COMMENT.sub("", text))) > 0


def test_a_fact_is_told_by_one_function() -> None:
    """Its text names it in a panic, so no two functions state the same."""
    twice = [fact for fact, count in Counter(text for _, text in kernel_facts()).items() if count > 1]
    assert not twice


def test_every_fact_has_a_case_that_breaks_it() -> None:
    cases = {fact for path in HERE.glob("test_invariants*.c") for fact in broken(path.read_text())}
    assert set(kernel_facts()) - cases == set(), "no case breaks these"
    assert cases - set(kernel_facts()) == set(), "these are no facts of the kernel"


def commented(source: str) -> dict[str, bool]:
    """Of each function that asserts: does a comment stand right before it?"""
    bare = COMMENT.sub(lambda comment: "/*" + re.sub(r"[^\n]", " ", comment[0][2:-2]) + "*/", source)
    return {found[1]: bare[: found.start()].endswith("*/\n") for found in FUNCTION.finditer(bare) if "assert(" in found[2]}


def test_every_fact_is_a_named_function_with_a_comment() -> None:
    told = [one for path in sorted((ROOT / "kernel").glob("invariants*.c")) for one in commented(path.read_text()).items()]
    assert len(told) >= 20
    assert [name for name, has_comment in told if not has_comment] == []
    assert commented(
        "/* One (1). */\nstatic void one(int a)\n{\n    assert(a, a);\n}\n\nstatic void two(int a)\n{\n    assert(a, a);\n}\n"
    ) == {
        "one": True,
        "two": False,
    }


def test_a_new_invariant_is_noticed() -> None:
    source = "static void told(int a)\n{\n    assert(a > 0, a);\n}\n"
    source += "\n/* New. */\nstatic void new(int a)\n{\n    if (a)\n        assert(f(a, 1) ==\n               2, a);\n}\n"
    cases = "CASE(told)\n{\n    healthy();\n    BREAKS(told, a > 0);\n}\n"
    assert set(asserted(source)) - set(broken(cases)) == {("new", "f(a, 1) == 2")}
