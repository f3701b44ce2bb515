// The machine's first process: from the kernel's hand-over to a served channel.
#include "base/console.h"
#include "base/files.h"
#include "base/step.h"
#include "boot/boot.h"
#include "boot/main.h"
#include "channel/channel.h"
#include "init/systemd.h"
#include "serve/state.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_config(struct buffer *bytes, struct arena *a, struct config *c)
{
	const char *why = NULL;

	if (!file_read("/banger/config", bytes, 64 << 20))
		die("/banger/config: %s", strerror(errno));
	if (!config_parse((struct span){buffer_bytes(bytes), buffer_len(bytes)}, a, c, &why))
		die("/banger/config: %s", why ? why : "malformed");
}

static const char *const *env_list(const struct config *c, struct arena *a)
{
	const char **list = arena_alloc(a, (c->env_count + 1) * sizeof *list);
	size_t n = 0;

	for (const struct text_item *t = c->env; t; t = t->next)
		list[n++] = t->text;
	return list;
}

static void use_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	for (int i = 0; i < 3 && fd >= 0; i++)
		if (fd != i)
			dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static _Noreturn void become_init(const char *path, char *extra)
{
	static char term[] = "TERM=linux", paths[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *argv[] = {(char *)(uintptr_t)path, NULL}, *env[] = {term, paths, *extra ? extra : NULL, NULL};

	execve(path, argv, env);
	die("init %s: %s", path, strerror(errno));
}

static void settle(char **argv)
{
	static const struct rlimit files = {65536, 524288};

	argv[0][0] = '@'; // systemd spares such processes in its last kill round
	prctl(PR_SET_NAME, "banger-agent");
	setrlimit(RLIMIT_NOFILE, &files);
	setpriority(PRIO_PROCESS, 0, -5);
	file_poke("/proc/self/oom_score_adj", "-1000");
}

static void serve(const struct config *c, struct agent *a, struct systemd *systemd)
{
	step("opening the channel");
	if (!agent_open(a, c->token))
		die("event loop: %s", strerror(errno));
	if (!channel_open(a, c->channel))
		die("channel %s: %s", c->channel, strerror(errno));
	if (a->init == INIT_SYSTEMD)
		systemd_serve(systemd, a);
	state_begin(a);
	step("waiting for the host's first word");
	loop_run(&a->loop);
}

// Network and channel come up beside the mounting of the root; a process of its own, since loading a module blocks.
static pid_t begin_network(const struct config *c, int initramfs)
{
	pid_t pid = fork();

	if (pid > 0)
		return pid;
	load_modules(initramfs, c->modules, MODULES_FOR_NETWORK);
	configure_network(c->interfaces);
	if (pid == 0)
		_exit(0);
	return -1;
}

_Noreturn void boot(char **argv)
{
	struct buffer bytes = {0};
	struct arena arena = {0};
	struct agent agent = {.owns_machine = true};
	struct systemd systemd = {0};
	struct config c;
	const char *init;
	int initramfs;
	pid_t network;

	mount_kernel_views();
	use_console();
	read_config(&bytes, &arena, &c);
	step("the first modules");
	initramfs = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	load_modules(initramfs, c.modules, MODULES_FOR_ROOT);
	network = begin_network(&c, initramfs);
	add_entropy(c.entropy);
	set_clock(c.clock);
	step("the root file system");
	enter_root(&c);
	unlinkat(initramfs, "banger/config", 0); // it holds the token, and memory
	init = find_init(c.init);
	agent.init = init_kind(init);
	agent.env = env_list(&c, &arena);
	step("mounts and files");
	mount_runtime(agent.init);
	write_names(&c);
	mount_all(c.mounts);
	write_files(c.files);
	if (agent.init == INIT_SYSTEMD)
		systemd_prepare(&systemd);
	step("network and channel modules");
	waitpid(network, NULL, 0);
	steps_done(); // an alarm outlives exec
	if (init && fork_into_cgroup() != 0)
		become_init(init, systemd.environment);
	settle(argv);
	serve(&c, &agent, &systemd);
	_exit(0);
}
