#include "base/files.h"
#include "boot/boot.h"
#include "boot/tree.h"
#include "test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int scratch(void)
{
	static char path[] = "/tmp/banger-test-XXXXXX";

	CHECK(mkdtemp(path) && chdir(path) == 0);
	return open(".", O_RDONLY | O_DIRECTORY);
}

static void sweep(int dir)
{
	static char path[64];

	CHECK(getcwd(path, sizeof path) && tree_remove(AT_FDCWD, path));
	close(dir);
}

static void make_source(void)
{
	CHECK(make_dirs("from/d/e") && file_replace("from/d/f", "one", 3, 0640, getuid(), getgid()));
	CHECK(link("from/d/f", "from/twin") == 0 && symlink("nowhere", "from/l") == 0 && mkfifo("from/p", 0600) == 0);
	CHECK(chmod("from/d/e", 01777) == 0 && chmod("from", 0711) == 0);
}

TEST(tree_copy_keeps_modes_links_and_kinds)
{
	int dir = scratch(), from, to;
	struct stat a, b;
	char target[16] = "";

	make_source();
	CHECK(mkdir("to", 0700) == 0);
	from = open("from", O_RDONLY | O_DIRECTORY);
	to = open("to", O_RDONLY | O_DIRECTORY);
	CHECK(tree_copy(from, to));
	CHECK(stat("to/d/f", &a) == 0 && stat("to/twin", &b) == 0 && a.st_ino == b.st_ino && (a.st_mode & 07777) == 0640);
	CHECK(readlink("to/l", target, sizeof target) == 7 && !strcmp(target, "nowhere"));
	CHECK(lstat("to/p", &a) == 0 && S_ISFIFO(a.st_mode));
	CHECK(stat("to/d/e", &a) == 0 && (a.st_mode & 07777) == 01777 && stat("to", &a) == 0 && (a.st_mode & 07777) == 0711);
	close(from);
	close(to);
	sweep(dir);
}

TEST(seed_is_whole_or_redone)
{
	int dir = scratch(), to;

	make_source();
	CHECK(make_dirs("fs/lost+found") && make_dirs("fs/.banger-seed.new/half"));
	to = open("fs", O_RDONLY | O_DIRECTORY);
	if (!seed_mount("from", to)) { // its mark needs privileges
		CHECK(getuid() != 0);
	} else {
		CHECK(access("fs/d/f", F_OK) == 0 && access("fs/half", F_OK) != 0 && access("fs/.banger-seed", F_OK) != 0);
		CHECK(tree_remove(to, "d") && seed_mount("from", to) && access("fs/d", F_OK) != 0);
	}
	close(to);
	sweep(dir);
}

TEST(seed_leaves_a_used_file_system_alone)
{
	int dir = scratch(), to;

	make_source();
	CHECK(make_dirs("fs/mine"));
	to = open("fs", O_RDONLY | O_DIRECTORY);
	CHECK(seed_mount("from", to) && access("fs/d", F_OK) != 0);
	close(to);
	sweep(dir);
}

TEST(file_replace_leaves_no_temporary_file)
{
	int dir = scratch();

	CHECK(file_replace("x", "abc", 3, 0600, getuid(), getgid()) && !file_replace("none/x", "abc", 3, 0600, 0, 0));
	CHECK(unlink("x") == 0 && rmdir("../x") != 0);
	sweep(dir);
}
