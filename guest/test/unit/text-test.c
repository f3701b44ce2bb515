// The small parsers of texts: mount options, hosts, tmpfiles, sockets, users, notifications.
#include "boot/hosts.h"
#include "boot/module-image.h"
#include "boot/options.h"
#include "boot/tmpfiles.h"
#include "init/notify.h"
#include "serve/identity.h"
#include "serve/sockets.h"
#include "test.h"
#include <sys/mount.h>

TEST(mount_options_become_flags_and_data)
{
	char data[64];

	CHECK(mount_flags("ro,nosuid,size=5M,,mode=700", data) == (MS_RDONLY | MS_NOSUID) && !strcmp(data, "size=5M,mode=700"));
	CHECK(mount_flags("", data) == 0 && !*data);
	CHECK(mount_flags("ro,rw,defaults", data) == 0 && !*data);
	CHECK(mount_flags("rodeo", data) == 0 && !strcmp(data, "rodeo"));
}

static bool hosts_are(const char *old, const char *want)
{
	struct buffer b = {0};
	bool same;

	hosts_with_name(old, "vm", &b);
	same = strlen(want) == buffer_len(&b) && !memcmp(want, buffer_bytes(&b), buffer_len(&b));
	buffer_free(&b);
	return same;
}

TEST(hosts_keeps_what_it_finds)
{
	CHECK(hosts_are("127.0.0.1 localhost\n127.0.1.1 old\n10.0.0.1 x", "127.0.0.1 localhost\n10.0.0.1 x\n127.0.1.1\tvm\n"));
	CHECK(hosts_are("", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\tvm\n"));
}

TEST(tmpfiles_keeps_tmp_only)
{
	struct buffer b = {0};
	static const char want[] = "d /tmp 1777 root root -\nD /tmpx 0 0 0 -\n#q /var/tmp\n";

	CHECK(tmpfiles_keep("D /tmp 1777 root root -\nD /tmpx 0 0 0 -\n#q /var/tmp\n", &b));
	CHECK(buffer_len(&b) == strlen(want) && !memcmp(buffer_bytes(&b), want, strlen(want)));
	buffer_clear(&b, 1024);
	CHECK(!tmpfiles_keep("q /tmp 1777 root root 10d\nD\n", &b));
	buffer_free(&b);
}

TEST(socket_lines_are_read)
{
	struct open_socket s;

	CHECK(socket_line("   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100", false, &s));
	CHECK(!strcmp(s.address, "127.0.0.1") && s.port == 8080 && s.state == 10 && s.inode == 12345);
	CHECK(socket_line("   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 "
			  "00:00000000 00000000 0 0 77 1 0",
		true, &s));
	CHECK(!strcmp(s.address, "::1") && s.port == 22 && s.inode == 77);
	CHECK(!socket_line("  sl  local_address rem_address   st tx_queue", false, &s) && !socket_line("", true, &s));
}

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\nbroken\nann:x:1000:1000:,,,:/home/ann:/bin/sh\n";
static const char group[] = "root:x:0:\nsudo:x:27:bob,ann\nannex:x:5:annex\nann:x:1000:\n";

TEST(users_are_found_by_name_and_number)
{
	struct arena a = {0};
	struct identity id;

	CHECK(identity_parse(passwd, group, "ann", &a, &id) && id.uid == 1000 && id.gid == 1000 && !strcmp(id.home, "/home/ann"));
	CHECK(id.group_count == 2 && id.groups[0] == 1000 && id.groups[1] == 27);
	CHECK(identity_parse(passwd, group, "1000", &a, &id) && !strcmp(id.name, "ann"));
	CHECK(identity_parse(passwd, group, "4242", &a, &id) && id.uid == 4242 && !id.name && !strcmp(id.home, "/"));
	CHECK(!identity_parse(passwd, group, "nobody", &a, &id));
	CHECK(identity_parse("", "", "root", &a, &id) && id.uid == 0 && !strcmp(id.home, "/root"));
	CHECK(!identity_parse(passwd, group, "4294967295", &a, &id));
	CHECK(!identity_parse(passwd, group, "", &a, &id));
	arena_free(&a);
}

TEST(notification_of_readiness)
{
	CHECK(notify_is_ready("READY=1", 7) && notify_is_ready("STATUS=x\nREADY=1\nY=2", 20));
	CHECK(!notify_is_ready("READY=10", 8) && !notify_is_ready("XREADY=1", 8) && !notify_is_ready("", 0));
}

TEST(module_signatures_are_cut_off)
{
	static const char tail[] = "\0\0\0\0\0\0\0\0\0\0\0\3~Module signature appended~\n";
	uint8_t file[64] = "bodySIG";
	size_t len = 7 + sizeof tail - 1;

	memcpy(file + 7, tail, sizeof tail - 1);
	CHECK(module_unsigned_length(file, len) == 4);
	CHECK(module_unsigned_length(file, len - 1) == len - 1 && module_unsigned_length(file, 0) == 0);
	file[7 + 11] = 200; // longer than the file
	CHECK(module_unsigned_length(file, len) == len);
}
