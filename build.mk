# How the system is compiled: `make -f build.mk ARCH=x86_64|riscv64 COMPILER=clang|gcc TYPE=debug|release all` fills
# build/<arch>-<compiler>-<type>/ (docs/design.md says with what). Needs a compiler, a linker and Python's standard library, nothing else.
# Each output is written aside and moved into place, so that none is ever half there.

ARCH     ?= x86_64
COMPILER ?= clang
TYPE     ?= debug

ifeq ($(filter $(ARCH),x86_64 riscv64),)
$(error there is no architecture '$(ARCH)': choose x86_64 or riscv64)
endif
ifeq ($(filter $(COMPILER),clang gcc),)
$(error there is no compiler '$(COMPILER)': choose clang or gcc)
endif
ifeq ($(filter $(TYPE),debug release),)
$(error there is no build type '$(TYPE)': choose debug or release)
endif

OUT := build/$(ARCH)-$(COMPILER)-$(TYPE)

# ---- facts of each tool and architecture

CC_clang_x86_64  := clang --target=x86_64-unknown-none-elf
CC_clang_riscv64 := clang --target=riscv64-unknown-none-elf
CC_gcc_x86_64    := gcc
CC_gcc_riscv64   := riscv64-linux-gnu-gcc
LD_clang_x86_64  := ld.lld
LD_clang_riscv64 := ld.lld
LD_gcc_x86_64    := ld --no-warn-rwx-segments
LD_gcc_riscv64   := riscv64-linux-gnu-ld --no-warn-rwx-segments
OBJCOPY_clang_riscv64 := llvm-objcopy
OBJCOPY_gcc_riscv64   := riscv64-linux-gnu-objcopy

# No floating point and no vectors: the kernel has none of its own, and a message is dearer between programs that use them.
TARGET_clang_x86_64  := -m64 -mgeneral-regs-only
TARGET_gcc_x86_64    := -m64 -mgeneral-regs-only
TARGET_clang_riscv64 := -march=rv64imac -mabi=lp64 -mno-relax
TARGET_gcc_riscv64   := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mno-relax
KERNEL_x86_64        := -mcmodel=kernel -mno-red-zone
KERNEL_riscv64       := -mcmodel=medany
# What saves the threads' floating point is assembled for a processor that has it.
$(OUT)/objects/kernel/arch/riscv64/fpu.S.o: private TARGET_CC += -march=rv64gc
SERVER_x86_64        := -mno-red-zone
SERVER_riscv64       := -mcmodel=medany

DEBUG_debug   := 1
DEBUG_release := 0

TARGET_CC := $(CC_$(COMPILER)_$(ARCH)) $(TARGET_$(COMPILER)_$(ARCH))
LD_CMD    := $(LD_$(COMPILER)_$(ARCH))
OBJCOPY   := $(OBJCOPY_$(COMPILER)_$(ARCH))

# File names in messages and in DWARF are relative to the checkout: a build is the same wherever it is made.
COMMON_CFLAGS := -std=gnu11 -O2 -g -gdwarf-4 -ffreestanding -nostdlib -fno-pic -fno-pie -fno-stack-protector -fno-common \
	-fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-strict-aliasing -ffile-prefix-map=$(CURDIR)/= \
	-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef
SERVER_CFLAGS := $(COMMON_CFLAGS) $(SERVER_$(ARCH))
RARE_CFLAGS   := -Os
# A section each, so that the linker leaves out what this architecture or build type does not use.
KERNEL_CFLAGS := $(COMMON_CFLAGS) $(KERNEL_$(ARCH)) -DBUILD_DEBUG=$(DEBUG_$(TYPE)) -ffunction-sections -fdata-sections \
	-Ikernel -Ikernel/arch/$(ARCH) -I$(OUT)/gen

.PHONY: all
.DELETE_ON_ERROR:
.SUFFIXES:
all: $(OUT)/kernel.elf $(OUT)/archive.bin $(OUT)/floor.elf

# A changed rule or flag makes everything anew.
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(TARGET_CC) $(KERNEL_CFLAGS) $(RARE_CFLAGS) $(SERVER_CFLAGS) $(LD_CMD)' > $@.new
	@cmp -s $@.new $@ && rm -f $@.new || mv -f $@.new $@
.PHONY: FORCE
FORCE:

# ---- what comes from the ABI

GENERATED := $(OUT)/gen/tiss/abi.h $(OUT)/gen/tiss/registers.h $(OUT)/gen/tiss/syscalls.h
$(OUT)/gen/stamp: $(wildcard kernel/abi/*.py kernel/abi/abi.toml)
	@mkdir -p $(@D)
	python3 kernel/abi/gen.py --arch $(ARCH) --out $(OUT)/gen
	@touch $@
$(GENERATED): $(OUT)/gen/stamp ;

# ---- the kernel

KERNEL_SOURCES := $(wildcard kernel/*.c kernel/arch/$(ARCH)/*.c kernel/arch/$(ARCH)/*.S)
KERNEL_SOURCES := $(filter-out kernel/arch/riscv64/firmware.S kernel/offsets.c,$(KERNEL_SOURCES))
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(OUT)/objects/%.o)

# What runs at boot or in a panic alone is made small.
RARE_SOURCES := $(addprefix kernel/,archive.c boot.c boot_init.c calibrate.c command_line.c console.c devicetree.c fdt.c machine.c main.c paging.c panic.c) \
	$(addprefix kernel/arch/$(ARCH)/,console.c machine.c)
$(RARE_SOURCES:%=$(OUT)/objects/%.o): private KERNEL_CFLAGS += $(RARE_CFLAGS)

$(OUT)/objects/%.c.o: %.c $(GENERATED) $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(TARGET_CC) $(KERNEL_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	@mv -f $@.new $@

$(OUT)/gen/tiss/offsets.h: kernel/offsets.c $(wildcard kernel/*.h kernel/arch/$(ARCH)/*.h) $(GENERATED) $(OUT)/flags
	@$(TARGET_CC) $(KERNEL_CFLAGS) -S $< -o $@.s
	@sed -n 's/.*"-> \(.*\)"$$/\1/p' $@.s > $@.new
	@mv -f $@.new $@

$(OUT)/objects/kernel/arch/$(ARCH)/trap.S.o: $(OUT)/gen/tiss/offsets.h
$(OUT)/objects/%.S.o: %.S $(GENERATED) $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  as $<"
	@$(TARGET_CC) $(KERNEL_CFLAGS) -D__ASSEMBLER__ -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	@mv -f $@.new $@

$(OUT)/kernel.lds: linker/kernel.lds.S kernel/hart.h kernel/arch/$(ARCH)/cpu.h $(GENERATED) $(OUT)/flags
	@$(TARGET_CC) $(KERNEL_CFLAGS) -E -P -x assembler-with-cpp -D__ASSEMBLER__ $< -o $@.new
	@mv -f $@.new $@

$(OUT)/kernel.elf: $(KERNEL_OBJECTS) $(OUT)/kernel.lds
	@echo "  ld $@"
	@$(LD_CMD) -static --gc-sections -z max-page-size=4096 -z noexecstack --discard-locals --build-id=none -T $(OUT)/kernel.lds $(KERNEL_OBJECTS) -o $@.new
	@mv -f $@.new $@

-include $(KERNEL_OBJECTS:.o=.d)

# ---- firmware of our own, and the payload that the boot bench measures the machine's floor with

ifeq ($(ARCH),riscv64)
all: $(OUT)/firmware.bin
$(OUT)/firmware.elf: $(OUT)/objects/kernel/arch/riscv64/firmware.S.o linker/flat.lds
	@$(LD_CMD) -static --build-id=none -T linker/flat.lds --defsym=flat_base=0x80000000 $< -o $@.new
	@mv -f $@.new $@
$(OUT)/firmware.bin: $(OUT)/firmware.elf
	@$(OBJCOPY) -O binary $< $@.new
	@mv -f $@.new $@
FLOOR_BASE := 0x80200000
else
FLOOR_BASE := 0x100000
endif

$(OUT)/floor.elf: $(OUT)/objects/tests/floor/$(ARCH).S.o linker/flat.lds
	@$(LD_CMD) -static --build-id=none -T linker/flat.lds --defsym=flat_base=$(FLOOR_BASE) $< -o $@.new
	@mv -f $@.new $@

# ---- user space

include servers/build.mk

# ---- the guest suite

include tests/guest/build.mk

# ---- the operations whose cost is counted

include tests/ipc/build.mk
