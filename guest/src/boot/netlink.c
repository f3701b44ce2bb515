#include "boot/netlink.h"
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
	struct nlmsghdr head;
	char body[256];
};

static void *begin(struct request *r, int type, int flags, size_t body)
{
	memset(r, 0, sizeof *r);
	r->head.nlmsg_type = (uint16_t)type;
	r->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	r->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(body);
	return r->body;
}

static void attribute(struct request *r, int type, const void *value, size_t n)
{
	struct rtattr *a = (struct rtattr *)(void *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->rta_type = (uint16_t)type;
	a->rta_len = (uint16_t)RTA_LENGTH(n);
	memcpy(RTA_DATA(a), value, n);
	r->head.nlmsg_len = (uint32_t)(NLMSG_ALIGN(r->head.nlmsg_len) + RTA_ALIGN(a->rta_len));
}

static bool ask(int netlink, const struct request *r)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;

	if (send(netlink, r, r->head.nlmsg_len, 0) < 0 || recv(netlink, &answer, sizeof answer, 0) < (ssize_t)sizeof answer.head)
		return false;
	errno = answer.head.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
	return errno == 0 || errno == EEXIST;
}

int netlink_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

bool link_up(int netlink, int index, unsigned mtu)
{
	struct request r;
	struct ifinfomsg *m = begin(&r, RTM_NEWLINK, 0, sizeof *m);

	m->ifi_index = index;
	m->ifi_flags = m->ifi_change = IFF_UP;
	if (mtu)
		attribute(&r, IFLA_MTU, &mtu, sizeof mtu);
	return ask(netlink, &r);
}

static size_t width(int family)
{
	return family == AF_INET ? 4 : 16;
}

bool address_add(int netlink, int index, int family, const void *address, unsigned prefix)
{
	struct request r;
	struct ifaddrmsg *m = begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof *m);

	m->ifa_family = (uint8_t)family;
	m->ifa_prefixlen = (uint8_t)prefix;
	m->ifa_index = (unsigned)index;
	if (family == AF_INET6)
		m->ifa_flags = IFA_F_NODAD;
	attribute(&r, IFA_LOCAL, address, width(family));
	attribute(&r, IFA_ADDRESS, address, width(family));
	return ask(netlink, &r);
}

bool default_route(int netlink, int index, int family, const void *gateway)
{
	struct request r;
	struct rtmsg *m = begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof *m);

	m->rtm_family = (uint8_t)family;
	m->rtm_table = RT_TABLE_MAIN;
	m->rtm_protocol = RTPROT_BOOT;
	m->rtm_type = RTN_UNICAST;
	m->rtm_flags = RTNH_F_ONLINK; // a gateway outside the interface's own network is fine
	attribute(&r, RTA_GATEWAY, gateway, width(family));
	attribute(&r, RTA_OIF, &index, sizeof index);
	return ask(netlink, &r);
}
