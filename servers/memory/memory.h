/* The memory server's protocol: pages that are lent, to be mapped by who gets them. */
#ifndef MEMORY_H
#define MEMORY_H

#include "tiss.h"

/* Labels of requests. */
enum memory_request {
    /* words[0] is a number of pages. Answer: REPLY_OK, words[0] the loan's number; all pages are there, or none. REPLY_BAD for no page,
     * REPLY_DENIED if the caller would hold more than half of all, MEMORY_SHORT. */
    MEMORY_BORROW = 1,
    /* words[0] is a loan, words[1] a place in it, from 0 on. Answer: REPLY_OK with a capability to the page's frame, zero when it was
     * lent, in the slot that the caller offered; REPLY_NONE if the caller has no such page. */
    MEMORY_PAGE = 2,
    /* words[0] is a loan. Its pages are mapped nowhere any more, and capabilities to them are gone. Answer: REPLY_OK; REPLY_NONE. */
    MEMORY_RETURN = 3,
    /* Answer: REPLY_OK, words of enum memory_account, in pages. */
    MEMORY_ACCOUNT = 4,
};

/* An answer of this protocol alone: there are not so many free pages. */
enum { MEMORY_SHORT = 16 };

enum memory_account { ACCOUNT_ALL, ACCOUNT_FREE, ACCOUNT_CALLERS, ACCOUNT_WORDS };

#endif
