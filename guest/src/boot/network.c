#include "base/console.h"
#include "boot/boot.h"
#include "boot/netlink.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// Asks by ioctl: /sys is being moved meanwhile.
static int index_of(const uint8_t mac[6])
{
	struct if_nameindex *all = if_nameindex();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), index = 0;

	for (struct if_nameindex *i = all; i && i->if_index && !index; i++) {
		struct ifreq r = {0};

		memcpy(r.ifr_name, i->if_name, strnlen(i->if_name, IFNAMSIZ - 1));
		if (ioctl(fd, SIOCGIFHWADDR, &r) == 0 && !memcmp(r.ifr_hwaddr.sa_data, mac, 6))
			index = (int)i->if_index;
	}
	if (all)
		if_freenameindex(all);
	close(fd);
	return index;
}

// `ADDRESS/PREFIX`; without a prefix the address stands alone.
static bool read_cidr(const char *text, int *family, uint8_t address[16], unsigned *prefix)
{
	char host[64];
	size_t n = strcspn(text, "/");
	unsigned most;

	if (n >= sizeof host)
		return false;
	memcpy(host, text, n);
	host[n] = 0;
	*family = strchr(host, ':') ? AF_INET6 : AF_INET;
	most = *family == AF_INET ? 32 : 128;
	*prefix = text[n] ? (unsigned)strtoul(text + n + 1, NULL, 10) : most;
	return *prefix <= most && inet_pton(*family, host, address) == 1;
}

static bool configure(int netlink, const struct interface_item *i, int index)
{
	uint8_t address[16], gateway[16];
	unsigned prefix;
	int family;

	if (!link_up(netlink, index, i->mtu))
		return false;
	if (!i->address)
		return true;
	errno = EINVAL;
	if (!read_cidr(i->address, &family, address, &prefix) || !address_add(netlink, index, family, address, prefix))
		return false;
	if (!i->gateway || !*i->gateway)
		return true;
	return read_cidr(i->gateway, &family, gateway, &prefix) && default_route(netlink, index, family, gateway);
}

void configure_network(const struct interface_item *interfaces)
{
	int netlink = netlink_open();

	link_up(netlink, 1, 0);
	for (const struct interface_item *i = interfaces; i; i = i->next) {
		int index = index_of(i->mac);

		if (!index)
			say("no interface has the address %02x:…:%02x", i->mac[0], i->mac[5]);
		else if (!configure(netlink, i, index))
			say("interface %s: %s", i->address ? i->address : "", strerror(errno));
	}
	close(netlink);
}
