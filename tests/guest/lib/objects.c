/* Slots, objects and capabilities of a case, and messages. */
#include "guest.h"

static word_t next_slot;

word_t slots_new(unsigned count)
{
    word_t slot = next_slot ? next_slot : boot->free_slot;

    next_slot = slot + count;
    expect(next_slot <= boot->slots, next_slot);
    return slot;
}

word_t slot_new(void)
{
    return slots_new(1);
}

word_t pool(void)
{
    static word_t best;

    for (unsigned i = 0; i < boot->untypeds && !best; i++) {
        bool largest = !boot->untyped[i].device;
        for (unsigned other = 0; other < boot->untypeds; other++)
            largest = largest && (boot->untyped[other].device || boot->untyped[other].size_bits <= boot->untyped[i].size_bits);
        best = largest ? SLOT_UNTYPED + i : 0;
    }
    return best;
}

word_t make_from(word_t untyped, word_t type, word_t size_bits)
{
    word_t slot = slot_new();

    ok(untyped_retype(untyped, type, size_bits, slot, 0, 0, NULL));
    return slot;
}

word_t make_sized(word_t type, word_t size_bits)
{
    return make_from(pool(), type, size_bits);
}

word_t make(word_t type)
{
    return make_from(pool(), type, 0);
}

unsigned device_untyped(unsigned size_bits)
{
    for (unsigned i = 0; i < boot->untypeds; i++)
        if (boot->untyped[i].device && boot->untyped[i].size_bits >= size_bits && !identify(SLOT_UNTYPED + i).value)
            return i;
    guest_fail(__FILE__, __LINE__, "the machine has no unused device memory of this size");
}

word_t copy_of(word_t source, word_t rights)
{
    word_t slot = slot_new();

    ok(cap_copy(0, slot, source, rights));
    return slot;
}

word_t minted(word_t source, word_t rights, word_t value)
{
    word_t slot = slot_new();

    ok(cap_mint(0, slot, source, rights, value));
    return slot;
}

struct facts identify_in(word_t table, word_t slot)
{
    struct facts facts;

    ok(cap_identify(table, slot, &facts.type, &facts.rights, &facts.value, &facts.size_bits, &facts.depth));
    return facts;
}

word_t depth_of(word_t slot)
{
    struct facts facts = identify(slot);

    expect(facts.type != OBJECT_NULL, slot);
    return facts.depth;
}

struct message message_of(word_t label, word_t length, word_t first)
{
    struct message message = {.info = message_info(label, length)};

    for (word_t i = 0; i < length; i++)
        message.words[i] = first + i;
    return message;
}

bool message_is(const struct message *message, word_t label, word_t length, word_t first)
{
    bool same = message->info == message_info(label, length);

    for (word_t i = 0; i < length; i++)
        same = same && message->words[i] == first + i;
    return same;
}
