// The few rtnetlink requests that bring an interface up. Each is false with errno where the kernel refuses.
#pragma once
#include <stdbool.h>
#include <stddef.h>

int netlink_open(void);
bool link_up(int netlink, int index, unsigned mtu); // mtu 0: left as it is
bool address_add(int netlink, int index, int family, const void *address, unsigned prefix);
bool default_route(int netlink, int index, int family, const void *gateway);
