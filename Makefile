# The front door: each target installs what it needs and this system lacks, then does its work.
#
#   make boot ARCH=riscv64      a prompt; without a terminal, standard input is typed in and the system powered off
#   make test                   every test, on both architectures; TESTS='tests/tisslab -k image' runs some
#   make build bench debug lint setup clean
#
# Any failure makes `make` end with 2; the status that counts stands in its last line ("Error 3": a tool is missing; the others are in
# README.md). Where the status itself is wanted, call what the recipe calls: tools/setup, .venv/bin/tisslab.

ARCH     ?= x86_64#   or riscv64
TYPE     ?= debug#    or release
COMPILER ?= clang#    or gcc
JOBS     ?= $(shell nproc)
TESTS    ?=

export COMPILER

# $(call build,arch,compiler,type) fills build/<arch>-<compiler>-<type>/. The rules are in build.mk; they need no lab. The lock is the one
# that tisslab takes: two makes at work in one folder would take each other's files away.
build = mkdir -p build && flock build/lock \
	$(MAKE) --silent --no-print-directory --jobs=$(JOBS) -f build.mk ARCH=$(1) COMPILER=$(2) TYPE=$(3) all

.PHONY: boot test build build-all bench debug lint setup clean
.NOTPARALLEL:

boot:
	@tools/setup boot $(ARCH)
	@$(call build,$(ARCH),$(COMPILER),$(TYPE))
	@.venv/bin/tisslab boot --arch $(ARCH) --build-type $(TYPE)

test: setup build-all
	@.venv/bin/python -m pytest --numprocesses=$(JOBS) $(TESTS)

build:
	@tools/setup build $(ARCH)
	@$(call build,$(ARCH),$(COMPILER),$(TYPE))

# Both architectures by both compilers, debug and release.
build-all:
	@$(foreach arch,x86_64 riscv64,$(foreach compiler,clang gcc,$(foreach type,debug release, \
	  $(call build,$(arch),$(compiler),$(type)) && ))) true

bench:
	@tools/setup boot $(ARCH)
	@$(call build,$(ARCH),$(COMPILER),release)
	@.venv/bin/tisslab bench boot --arch $(ARCH)

# The machine waits at its first instruction for a debugger, which is to be started in another terminal.
debug:
	@tools/setup debug $(ARCH)
	@$(call build,$(ARCH),$(COMPILER),$(TYPE))
	@rm -f build/gdb-$(ARCH).socket
	@echo "in another terminal, then 'continue' in it:"
	@echo "  gdb-multiarch build/$(ARCH)-$(COMPILER)-$(TYPE)/kernel.elf -ex 'target remote build/gdb-$(ARCH).socket'"
	@.venv/bin/tisslab boot --arch $(ARCH) --build-type $(TYPE) -- -S -gdb unix:build/gdb-$(ARCH).socket,server=on,wait=off; \
	  status=$$?; rm -f build/gdb-$(ARCH).socket; exit $$status

lint: setup
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@bash -n tools/setup .ci/run

# Everything that any target needs.
setup:
	@tools/setup test

# Leaves .venv: it costs a download, and the set-up knows by itself when to make it anew.
clean:
	@rm -rf build
