"""What runs a machine, behind one interface (`tisslab.engine.base`): the only place of the lab that does I/O with one.

`qemu` runs whole systems; `scripted` plays a transcript, with no process; `rvsim`, which is no peer of these, models a core to
count its cycles.
"""
