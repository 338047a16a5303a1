# The servers and the boot archive. Included by the top-level build, which sets OUT, ARCH, TARGET_CC, LD_CMD and SERVER_CFLAGS.
#
# A program is every servers/<name>/*.c of a folder with a main.c, linked with what it uses of servers/lib.

SERVER_NAMES := $(patsubst servers/%/main.c,%,$(wildcard servers/*/main.c))
SERVER_MACHINE_x86_64 := 62
SERVER_MACHINE_riscv64 := 243
SERVER_FLAGS = $(SERVER_CFLAGS) -fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
	-ffunction-sections -fdata-sections -fno-common \
	-Iservers/lib -Iservers/lib/arch/$(ARCH) -Iservers -I$(OUT)/gen
SERVER_HEADERS := $(OUT)/gen/tiss/abi.h $(OUT)/gen/tiss/registers.h $(OUT)/gen/tiss/syscalls.h

SERVER_LIB_SOURCES := $(wildcard servers/lib/*.c servers/lib/arch/$(ARCH)/*.c servers/lib/arch/$(ARCH)/*.S)
SERVER_LIB_OBJECTS := $(patsubst servers/%,$(OUT)/servers/objects/%.o,$(SERVER_LIB_SOURCES))
SERVER_PROGRAMS := $(SERVER_NAMES:%=$(OUT)/servers/%.elf)

$(OUT)/servers/objects/%.c.o: servers/%.c $(SERVER_HEADERS) $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(TARGET_CC) $(SERVER_FLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	@mv -f $@.new $@

$(OUT)/servers/objects/%.S.o: servers/%.S $(SERVER_HEADERS) $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  as $<"
	@$(TARGET_CC) $(SERVER_FLAGS) -D__ASSEMBLER__ -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	@mv -f $@.new $@

$(OUT)/servers/server.lds: linker/server.lds.S $(SERVER_HEADERS)
	@mkdir -p $(@D)
	@$(TARGET_CC) -E -P -x assembler-with-cpp -D__ASSEMBLER__ -I$(OUT)/gen $< -o $@.new
	@mv -f $@.new $@

# A program's objects, in a variable of its own so that a rule can name them.
define server_rules
SERVER_OBJECTS_$(1) := $(patsubst servers/%,$(OUT)/servers/objects/%.o,$(wildcard servers/$(1)/*.c))
$(OUT)/servers/$(1).elf: $$(SERVER_OBJECTS_$(1)) $(SERVER_LIB_OBJECTS) $(OUT)/servers/server.lds
	@echo "  ld $$@"
	@$$(LD_CMD) -static --gc-sections -z max-page-size=4096 -z noexecstack --build-id=none -T $(OUT)/servers/server.lds \
		$$(SERVER_OBJECTS_$(1)) $(SERVER_LIB_OBJECTS) -o $$@.new
	@mv -f $$@.new $$@
-include $$(SERVER_OBJECTS_$(1):.o=.d)
endef
$(foreach name,$(SERVER_NAMES),$(eval $(call server_rules,$(name))))
-include $(SERVER_LIB_OBJECTS:.o=.d)

$(OUT)/archive.bin: $(SERVER_PROGRAMS) servers/manifest.toml servers/pack.py $(wildcard servers/packer/*.py kernel/abi/*.py) kernel/abi/abi.toml
	@echo "  pack $@"
	@python3 servers/pack.py --manifest servers/manifest.toml --machine $(SERVER_MACHINE_$(ARCH)) --out $@ \
		$(foreach name,$(SERVER_NAMES),$(name)=$(OUT)/servers/$(name).elf)

.PHONY: servers
servers: $(OUT)/archive.bin
