/* The directory's protocol: from a service's name to a capability to call it. */
#ifndef NAMES_H
#define NAMES_H

#include "tiss.h"

/* Labels of requests. */
enum names_request {
    /* words[0..] is a name, zero-padded. Answer: REPLY_OK with a capability to its endpoint, in the slot that the caller offered;
     * REPLY_NONE. */
    NAMES_LOOKUP = 1,
    /* words[0] is a place, from 0 on. Answer: REPLY_OK, words[0..] the name there; REPLY_NONE beyond the last. */
    NAMES_LIST = 2,
};

#define NAMES_WORDS 3 /* of a name: 24 bytes, as in struct start_cap */

#endif
