"""What an operation of the kernel costs: counted, told apart by function and line, and held to a budget.

operations    the table of what is counted, with the figures that it is to reach
trace         bytes of the plugin -> what was executed between two marks; pure
meter         who can count: the interface, and what comes out of it; `qemu` and `rvsim` are ones
count         a trace and the images -> instructions, lines, pages, functions
budgets       tests/budgets.toml: what an operation may take, and what grew where it takes more
kept          results by commit
revisions     another revision of the project, built and counted
listing       what an operation executed in the kernel, as annotated disassembly
findings      all that is to be told of one count, for the page
throughput    round trips a second, which nobody is held to
"""
