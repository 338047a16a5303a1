# The guest suite: each tests/guest/<object>.c is a program that is booted as init, alone in a boot archive of its own:
# $(OUT)/guest/<object>.bin. Included by the top-level build after servers/build.mk, whose rules and library it uses.

GUEST_NAMES := $(patsubst tests/guest/%.c,%,$(wildcard tests/guest/*.c))
GUEST_LIB_SOURCES := $(wildcard tests/guest/lib/*.c tests/guest/lib/arch/$(ARCH)/*.S)
GUEST_LIB_OBJECTS := $(patsubst tests/guest/%,$(OUT)/guest/objects/%.o,$(GUEST_LIB_SOURCES))
GUEST_OBJECTS := $(GUEST_NAMES:%=$(OUT)/guest/objects/%.c.o)
GUEST_FLAGS = $(SERVER_FLAGS) -Itests/guest/lib -Itests/guest/lib/arch/$(ARCH)

$(OUT)/guest/objects/%.c.o: tests/guest/%.c $(SERVER_HEADERS) $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(TARGET_CC) $(GUEST_FLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	@mv -f $@.new $@

$(OUT)/guest/objects/%.S.o: tests/guest/%.S $(SERVER_HEADERS) $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  as $<"
	@$(TARGET_CC) $(GUEST_FLAGS) -D__ASSEMBLER__ -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	@mv -f $@.new $@

# The table of cases is a section that nothing refers to but by its start and end.
$(OUT)/guest/%.elf: $(OUT)/guest/objects/%.c.o $(GUEST_LIB_OBJECTS) $(SERVER_LIB_OBJECTS) $(OUT)/servers/server.lds
	@echo "  ld $@"
	@$(LD_CMD) -static --gc-sections -z nostart-stop-gc -z max-page-size=4096 -z noexecstack --build-id=none \
		-T $(OUT)/servers/server.lds $< $(GUEST_LIB_OBJECTS) $(SERVER_LIB_OBJECTS) -o $@.new
	@mv -f $@.new $@

$(OUT)/guest/%.bin: $(OUT)/guest/%.elf servers/pack.py $(wildcard servers/packer/*.py kernel/abi/*.py) kernel/abi/abi.toml
	@echo "  pack $@"
	@python3 servers/pack.py --no-servers --machine $(SERVER_MACHINE_$(ARCH)) --out $@ init=$<

.PHONY: guest
.SECONDARY: $(GUEST_OBJECTS) $(GUEST_LIB_OBJECTS) $(GUEST_NAMES:%=$(OUT)/guest/%.elf)
guest: all $(GUEST_NAMES:%=$(OUT)/guest/%.bin)
-include $(GUEST_OBJECTS:.o=.d) $(GUEST_LIB_OBJECTS:.o=.d)
