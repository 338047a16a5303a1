# The kernel's pure files, compiled for this machine under the address and undefined-behaviour sanitizers, with a pretended architecture:
#   make -f tests/kernel/build.mk ARCH=x86_64|riscv64 COMPILER=clang|gcc all     -> build/host/<arch>-<compiler>/kernel_tests
# ARCH chooses the ABI (message words, registers) and the shape of page tables; all else is tests/kernel/arch. With MUTANT=<folder> and
# MUTATED=<kernel file>, target `mutant` links <folder>/kernel_tests with <folder>/source.c in place of that file.

ARCH     ?= x86_64
COMPILER ?= clang
OUT      := build/host/$(ARCH)-$(COMPILER)

# All of the portable kernel but what needs its image or a device.
IMAGE    := kernel/boot.c kernel/boot_init.c kernel/console.c kernel/main.c kernel/paging.c
KERNEL   := $(filter-out $(IMAGE),$(wildcard kernel/*.c))
TESTS    := $(wildcard tests/kernel/*.c tests/kernel/arch/*.c)
OBJECTS  := $(KERNEL:%=$(OUT)/%.o) $(TESTS:%=$(OUT)/%.o)

# Linked at fixed low addresses: derivation links reach 128 GiB, see kernel/cap.c.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-pie
COMMON   := -std=gnu11 -O1 -g1 -fno-omit-frame-pointer -fno-strict-aliasing -fno-common $(SANITIZE) -DBUILD_DEBUG=1 \
	-ffile-prefix-map=$(CURDIR)/= -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-format-zero-length \
	-iquote kernel -iquote tests/kernel -Itests/kernel/arch -I$(OUT)/gen
# The kernel's own memcpy and the like stand beside the C library's, which the compiler's and sanitizers' calls go to.
RENAMED  := memcpy memset memcmp strlen strcmp
KERNEL_CFLAGS := $(COMMON) -ffreestanding $(foreach name,$(RENAMED),-D$(name)=kernel_$(name))

.PHONY: all mutant FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
all: $(OUT)/kernel_tests

# A changed rule or flag makes everything anew.
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILER) $(KERNEL_CFLAGS)' > $@.new
	@cmp -s $@.new $@ && rm -f $@.new || mv -f $@.new $@

$(OUT)/gen/stamp: $(wildcard kernel/abi/*.py kernel/abi/abi.toml)
	@mkdir -p $(@D)
	python3 kernel/abi/gen.py --arch $(ARCH) --out $(OUT)/gen
	@touch $@

# What the portable kernel asks an architecture for and is no address: taken from the real one.
FACTS := PAGE_LEVELS|PAGE_LEAF_LEVELS|ELF_MACHINE|IRQ_LINES|PORTS
$(OUT)/gen/facts.h: kernel/arch/$(ARCH)/cpu.h $(OUT)/flags
	@mkdir -p $(@D)
	@grep -E '^#define ($(FACTS)) ' $< > $@.new
	@mv -f $@.new $@

$(OUT)/kernel/%.c.o: kernel/%.c $(OUT)/gen/stamp $(OUT)/gen/facts.h $(OUT)/flags
	@mkdir -p $(@D)
	@$(COMPILER) $(KERNEL_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	@mv -f $@.new $@

$(OUT)/tests/%.c.o: tests/%.c $(OUT)/gen/stamp $(OUT)/gen/facts.h $(OUT)/flags
	@mkdir -p $(@D)
	@$(COMPILER) $(COMMON) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	@mv -f $@.new $@

$(OUT)/kernel_tests: $(OBJECTS)
	@$(COMPILER) $(SANITIZE) -no-pie $(OBJECTS) -o $@.new
	@mv -f $@.new $@

mutant: $(OBJECTS)
	@$(COMPILER) $(KERNEL_CFLAGS) -w -c $(MUTANT)/source.c -o $(MUTANT)/source.o
	@$(COMPILER) $(SANITIZE) -no-pie $(filter-out $(OUT)/$(MUTATED).o,$(OBJECTS)) $(MUTANT)/source.o -o $(MUTANT)/kernel_tests

-include $(OBJECTS:.o=.d)
