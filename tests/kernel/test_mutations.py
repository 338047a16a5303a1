"""The host-built tests can fail: the kernel is broken in one place at a time, in a copy, and each time some case must say so.

A row is a kernel file, a piece of it that stands there once, what it is replaced by, and the files of cases that must notice. When a piece is
not found any more, choose another that breaks what the row was about.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kernel.host_build import ROOT, make, run_cases


@dataclass(frozen=True)
class Mutation:
    """A break in one kernel file, and the case files of tests/kernel of which one must notice."""

    file: str
    old: str
    new: str
    cases: tuple[str, ...]


def broken(file: str, old: str, new: str, *cases: str) -> Mutation:
    return Mutation(f"kernel/{file}", old, new, cases)


MUTATIONS = {
    "memset leaves a word": broken("string.c", "            words[7] = word;\n", "", "string"),
    "format writes behind the buffer": broken("string.c", "{buffer, buffer + size - 1}", "{buffer, buffer + size}", "string"),
    "a word's start is the word": broken("command_line.c", "end == length &&", "end >= length &&", "command_line"),
    "a byte behind a removed range is lost": broken("machine.c", "if (range.end > end)", "if (range.end > end + 1)", "machine"),
    "a page that firmware holds in part is given away": broken("machine.c", "align_up(range.end, PAGE_SIZE)", "range.end", "devicetree"),
    "RAM beyond the reach of links is given out": broken(
        "machine.c", "range.end < RAM_LIMIT ? range.end : RAM_LIMIT", "range.end", "machine"
    ),
    "a device's registers end early": broken("devicetree.c", "{start, start + fdt_cells", "{start, fdt_cells", "devicetree"),
    "a timer comes early": broken("clock.c", " + UINT32_MAX)", ")", "clock"),
    "a measurement believes a clock that went around": broken("calibrate.c", "if (calibration->ended())", "if (false)", "calibrate"),
    "a measurement believes the first reading": broken("calibrate.c", "#define SAMPLE_TRIES 5", "#define SAMPLE_TRIES 1", "calibrate"),
    "an archive's offsets may overflow": broken("archive.c", "size <= archive_size - offset", "offset + size <= archive_size", "archive"),
    "a segment may hold more than its memory": broken("archive.c", "segment->file_size <= segment->size &&", "", "archive"),
    "a name may lie outside the device tree's names": broken("fdt.c", " || name >= walk->strings_size", "", "fdt"),
    "a panic prints its first value only": broken("panic.c", "(unsigned long)values[i]", "(unsigned long)values[0]", "panic"),
    "a byte is not zeroed": broken(
        "untyped.c",
        "memset(direct(untyped->object + from), 0, to - from)",
        "memset(direct(untyped->object + from), 0, to - from - 1)",
        "untyped",
    ),
    "memory that was used counts as zero": broken(
        "untyped.c", "set_progress(untyped, 0, 0);", "set_progress(untyped, 0, zeroed(untyped));", "cap_walk"
    ),
    "objects are not aligned": broken("untyped.c", "align_up(device && offset > used ? offset : used, size)", "used", "cap_walk"),
    "a copy becomes the parent of its source's children": broken(
        "cap.c", "link(slot_at(source->prev), slot, source);", "link(source, slot, slot_at(source->next));", "cap_walk"
    ),
    "a moved capability loses what follows": broken(
        "cap.c", "link(slot_at(source->prev), slot, slot_at(source->next));", "link(slot_at(source->prev), slot, NULL);", "cap_walk"
    ),
    "deleting a copy empties the table": broken(
        "cap.c", "(slot->flags & SLOT_FIRST) && (slot != root || itself)", "(slot != root || itself)", "cap_walk"
    ),
    "rights grow in a copy": broken(
        "cap.c", "slot->rights = (uint8_t)(source->rights & rights);", "slot->rights = (uint8_t)rights;", "cap_walk"
    ),
    "a minted capability keeps its marks": broken("cap_calls.c", "    cap_mark(slot);\n", "", "cap"),
    "a page table can be copied": broken("cap.c", "if (source->type == OBJECT_PAGE_TABLE)", "if (false)", "cap_walk"),
    "a badge can be changed": broken(
        "cap_calls.c",
        "source->value == 0 || source->value == value ? STATUS_OK",
        "source->value == 0 || value != 0 ? STATUS_OK",
        "cap",
        "cap_walk",
    ),
    "a table's first capability can be moved": broken("cap_calls.c", "source->type == OBJECT_CTABLE && ", "false && ", "cap", "cap_walk"),
    "a device is mapped as memory": broken("frame.c", "SLOT_MAPPED | SLOT_DEVICE, .size", "SLOT_MAPPED, .size", "space"),
    "a line goes on when its binding goes": broken("irq.c", "    irq_line_mask((unsigned)(bound - binding(0)));\n", "", "cap"),
    "an end of a turn is no end": broken("sched.c", "enqueue(hart, running, !turn_over);", "enqueue(hart, running, true);", "sched"),
    "a higher priority waits": broken("sched.c", "|| time->priority > hart->running->priority", "", "sched"),
    "a server's own time runs beside its caller's": broken("endpoint.c", "sched_time_of(receiver) != receiver->time", "false", "ipc"),
    "a server goes on with time that left it": broken("thread.c", "    sched_follow(callee);\n", "", "endings"),
    "a caller without time is answered plainly": broken(
        "sched.c", "thread->callee->standing &= ~(unsigned)THREAD_PLAIN;", "(void)time;", "ipc_walk"
    ),
    "the nearest caller's time counts": broken("sched.c", "if (thread->time != NULL)\n", "if (time == NULL)\n", "ipc"),
    "time parks beside a ready thread": broken(
        "sched.c", "if (blocker != NULL && blocker->state == THREAD_READY) {", "if (false) {", "budget"
    ),
    "what was used comes back early": broken(
        "budget.c", "{first->time + time->period, taken}", "{first->time + time->period / 2, taken}", "budget"
    ),
    "old refills stay in pieces": broken("budget.c", "while (time->count > 1 && ", "while (false && ", "budget"),
    "what could have been used before comes back at once": broken(
        "budget.c", "            first->time = from;\n", "            ;\n", "budget"
    ),
    "a late tick is forgiven": broken("budget.c", "        head(time)->time = now + time->period;\n", "        ;\n", "budget"),
    "timers of a slot are due at its end": broken(
        "timer_queue.c", "timer->next == timer ? timer->deadline : ", "timer->next == timer || true ? timer->deadline : ", "timer_queue"
    ),
    "the wheels turn too far": broken("timer_queue.c", "queue->base = begins(first);", "queue->base = now;", "timer_queue"),
    "a badge does not arrive": broken("endpoint.c", "to->registers.cap = badge;", "to->registers.cap = 0;", "ipc"),
    "the longest message is refused": broken("endpoint.c", "info_length(info) <= MESSAGE_MAX", "info_length(info) < MESSAGE_MAX", "ipc"),
    "a reply object keeps whom it answered": broken(
        "endpoint.c",
        "    if (caller->saved != NULL)\n        caller->saved->caller = NULL;\n    caller->callee = NULL;",
        "    caller->callee = NULL;",
        "ipc",
    ),
    "a server remembers an endpoint that went": broken(
        "endpoint.c",
        "    if (endpoint->server != NULL)\n        endpoint_forget_server(endpoint->server);\n    return",
        "    return",
        "ipc_walk",
    ),
    "a signal overwrites the last": broken("notification.c", "notification->bits |= bits;", "notification->bits = bits;", "ipc"),
    "a second caller is saved over the first": broken(
        "reply.c", "    if (reply->caller != NULL)\n        return STATUS_ALREADY;\n", "", "ipc"
    ),
    "a fault's words are in another order": broken("fault.c", "access, cause, registers_sp", "cause, access, registers_sp", "endings"),
    "a thread that went is still helped": broken(
        "thread.c", "    endpoint_forget_server(thread);\n    sched_unpark(thread);\n", "", "ipc_walk"
    ),
    "the processor remembers a thread that went": broken(
        "thread.c", "    if (itself)\n        hart_self()->thread = NULL;\n", "", "ipc_walk"
    ),
    "a notification remembers whom it was bound to": broken(
        "thread.c", "((struct notification *)slot->object)->bound = NULL;", ";", "ipc", "ipc_walk"
    ),
    "a space's number means the old space": broken(
        "space.c", "    spaces[slot->space].generation++; /* what was mapped there is over */\n", "", "space", "space_walk"
    ),
    "a page table that went is remembered": broken("space.c", "        space_forget(&spaces[table->space]);\n", "", "space_walk"),
    "a page is mapped over another": broken("frame.c", " && !pte_present(*entry); mapped++", "; mapped++", "space_walk"),
    "a page is mapped off its place": broken("frame.c", " && vaddr % PAGE_SIZE == 0 && space_rem", " && space_rem", "space"),
    "a page that another maps is unmapped": broken(
        "frame.c",
        "space_remembers(space, vaddr) && entry_maps(&space->table[page_index(vaddr, 0)], frame->object)",
        "space_remembers(space, vaddr)",
        "space",
    ),
    "a table brings its old pages along": broken("space.c", "if (table->flags & SLOT_MAPPED) /*", "if (false) /*", "space", "space_walk"),
    "a frame is unmapped where another is": broken(
        "space.c", "entry != NULL && entry_maps(entry, slot->object) ? entry : NULL", "entry", "space", "space_walk"
    ),
    "writing and executing at once": broken(
        "frame.c", "rights_mappable(rights) && vaddr % PAGE_SIZE", "vaddr % PAGE_SIZE", "space", "space_walk"
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_break_is_noticed(name: str, tmp_path: Path, host_program: dict[tuple[str, str], Path]) -> None:
    mutation = MUTATIONS[name]
    source = (ROOT / mutation.file).read_text()
    assert source.count(mutation.old) == 1, f"{mutation.file} has {source.count(mutation.old)} times: {mutation.old}"
    (tmp_path / "source.c").write_text(source.replace(mutation.old, mutation.new))
    assert host_program["x86_64", "clang"].exists()
    make("mutant", "ARCH=x86_64", "COMPILER=clang", f"MUTANT={tmp_path}", f"MUTATED={mutation.file}")
    outcome = run_cases(tmp_path / "kernel_tests", "--quick", *mutation.cases)
    assert outcome.failed, f"no case of {', '.join(mutation.cases)} notices that {name}"
    (tmp_path / "kernel_tests").unlink()  # some megabytes each
