/* The @name@ server's protocol: what it can be asked. */
#ifndef @NAME@_H
#define @NAME@_H

#include "tiss.h"

/* Labels of requests. They start at 1. */
enum @name@_request {
    /* Words: any numbers. Answer: REPLY_OK and their sum. */
    @NAME@_ADD = 1,
};

#endif
