/* What the guest suite needs to know of this architecture. */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#endif
