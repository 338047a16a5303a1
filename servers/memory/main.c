/*
 * The memory server: lends pages of its pool, and takes them back when they are returned or their borrower is gone.
 *
 * Each page is an untyped of its own. While it is lent there is a frame in it, whose copies the borrower has: they derive from the frame,
 * and the frame from the untyped, so revoking the untyped takes all of it back, wherever it went. The kernel zeroes the next frame.
 */
#include "init/init.h"
#include "memory.h"

#define PAGES_MAX 56 /* two slots each, of the 128 in the server's table */

static struct {
    word_t borrower; /* the badge of its calls, 0: the page is free */
    word_t loan;
} pages[PAGES_MAX];
static word_t page_count, first_slot, last_loan;

static word_t untyped_slot(word_t page)
{
    return first_slot + 2 * page;
}

static word_t frame_slot(word_t page)
{
    return first_slot + 2 * page + 1;
}

/* Cut the pool into pages, as many as there are slots for. */
static void pool_init(const struct start_info *start)
{
    word_t pool = start_cap("pool");

    first_slot = start->free_slot;
    while (page_count < PAGES_MAX && frame_slot(page_count) < start->slots &&
           untyped_retype(pool, OBJECT_UNTYPED, PAGE_BITS, untyped_slot(page_count), 0, 0, NULL) == STATUS_OK)
        page_count++;
}

/* How many pages a borrower has; those that are free for 0. */
static word_t pages_of(word_t borrower)
{
    word_t count = 0;

    for (word_t page = 0; page < page_count; page++)
        count += pages[page].borrower == borrower;
    return count;
}

/* Take pages back: those of one loan, or all of a borrower's for loan 0. Returns how many. */
static word_t take_back(word_t borrower, word_t loan)
{
    word_t count = 0;

    for (word_t page = 0; page < page_count; page++) {
        if (pages[page].borrower != borrower || (loan && pages[page].loan != loan))
            continue;
        cap_revoke(0, untyped_slot(page));
        pages[page].borrower = 0;
        count++;
    }
    return count;
}

/* Everything that can be refused is refused before the first page changes hands. */
static void lend(struct message *message)
{
    word_t wanted = message->words[0], borrower = message->badge;

    if (message_length(message) != 1 || !wanted) {
        message_answer(message, REPLY_BAD, 0);
        return;
    }
    if (wanted > page_count / 2 - pages_of(borrower)) {
        message_answer(message, REPLY_DENIED, 0);
        return;
    }
    if (wanted > pages_of(0)) {
        message_answer(message, MEMORY_SHORT, 0);
        return;
    }
    last_loan++;
    for (word_t page = 0; wanted; page++) {
        if (pages[page].borrower)
            continue;
        untyped_retype(untyped_slot(page), OBJECT_FRAME, PAGE_BITS, frame_slot(page), 0, 0, NULL);
        pages[page].borrower = borrower;
        pages[page].loan = last_loan;
        wanted--;
    }
    message->words[0] = last_loan;
    message_answer(message, REPLY_OK, 1);
}

/* A message carries one capability, so pages are fetched one by one. */
static void hand_over(struct message *message)
{
    word_t loan = message->words[0], place = message->words[1];

    for (word_t page = 0; page < page_count && message_length(message) == 2; page++) {
        if (pages[page].borrower != message->badge || pages[page].loan != loan || place--)
            continue;
        message->words[0] = frame_slot(page);
        message_answer(message, REPLY_OK, 1);
        message->info |= 1UL << INFO_CAPS_SHIFT;
        return;
    }
    message_answer(message, REPLY_NONE, 0);
}

static void give_back(struct message *message)
{
    word_t loan = message_length(message) == 1 ? message->words[0] : 0;

    message_answer(message, loan && take_back(message->badge, loan) ? REPLY_OK : REPLY_NONE, 0);
}

static void account(struct message *message)
{
    message->words[ACCOUNT_ALL] = page_count;
    message->words[ACCOUNT_FREE] = pages_of(0);
    message->words[ACCOUNT_CALLERS] = pages_of(message->badge);
    message_answer(message, REPLY_OK, ACCOUNT_WORDS);
}

/* Servers were taken down: what they had borrowed comes back. */
static void borrowers_gone(word_t signals)
{
    for (word_t badge = 1; badge <= SERVERS_MAX; badge++) {
        if (signals & INIT_GONE(badge))
            take_back(badge, 0);
    }
}

static bool handle(struct message *message)
{
    if (message_is_signal(message)) {
        borrowers_gone(message->words[0]);
        return false;
    }
    switch (message_label(message)) {
    case MEMORY_BORROW:
        lend(message);
        break;
    case MEMORY_PAGE:
        hand_over(message);
        break;
    case MEMORY_RETURN:
        give_back(message);
        break;
    case MEMORY_ACCOUNT:
        account(message);
        break;
    default:
        message_answer(message, REPLY_UNKNOWN, 0);
    }
    return true;
}

int main(const struct start_info *start)
{
    pool_init(start);
    start_ready();
    return (int)serve(start_cap("endpoint"), handle);
}
