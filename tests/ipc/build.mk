# The operations whose cost is counted: each tests/ipc/<subject>.c is a program that is booted as init, alone in a boot archive of its own:
# $(OUT)/ipc/<subject>.bin. Included by the top-level build after tests/guest/build.mk, whose library it uses.

IPC_NAMES := $(patsubst tests/ipc/%.c,%,$(wildcard tests/ipc/*.c))
IPC_LIB_OBJECTS := $(patsubst tests/ipc/%,$(OUT)/ipc/objects/%.o,$(wildcard tests/ipc/lib/*.c))
IPC_OBJECTS := $(IPC_NAMES:%=$(OUT)/ipc/objects/%.c.o)
IPC_FLAGS = $(GUEST_FLAGS) -Itests/ipc/lib -Itests/ipc/lib/arch/$(ARCH)

$(OUT)/ipc/objects/%.c.o: tests/ipc/%.c $(SERVER_HEADERS) $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(TARGET_CC) $(IPC_FLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	@mv -f $@.new $@

$(OUT)/ipc/%.elf: $(OUT)/ipc/objects/%.c.o $(IPC_LIB_OBJECTS) $(GUEST_LIB_OBJECTS) $(SERVER_LIB_OBJECTS) $(OUT)/servers/server.lds
	@echo "  ld $@"
	@$(LD_CMD) -static --gc-sections -z nostart-stop-gc -z max-page-size=4096 -z noexecstack --build-id=none \
		-T $(OUT)/servers/server.lds $< $(IPC_LIB_OBJECTS) $(GUEST_LIB_OBJECTS) $(SERVER_LIB_OBJECTS) -o $@.new
	@mv -f $@.new $@

$(OUT)/ipc/%.bin: $(OUT)/ipc/%.elf servers/pack.py $(wildcard servers/packer/*.py kernel/abi/*.py) kernel/abi/abi.toml
	@echo "  pack $@"
	@python3 servers/pack.py --no-servers --machine $(SERVER_MACHINE_$(ARCH)) --out $@ init=$<

.PHONY: ipc
.SECONDARY: $(IPC_OBJECTS) $(IPC_LIB_OBJECTS) $(IPC_NAMES:%=$(OUT)/ipc/%.elf)
ipc: all $(IPC_NAMES:%=$(OUT)/ipc/%.bin)
-include $(IPC_OBJECTS:.o=.d) $(IPC_LIB_OBJECTS:.o=.d)
