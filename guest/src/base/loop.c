#include "base/loop.h"
#include "base/bytes.h"
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void child_ended(struct loop *l, pid_t pid, int status)
{
	for (struct child **at = &l->children; *at; at = &(*at)->next) {
		struct child *c = *at;

		if (c->pid != pid)
			continue;
		*at = c->next;
		c->ended(c, status);
		return;
	}
}

static void reap(struct watch *w, uint32_t events)
{
	struct loop *l = CONTAINER(w, struct loop, signals);
	struct signalfd_siginfo info[8];
	pid_t pid;
	int status;

	(void)events;
	while (read(w->fd, info, sizeof info) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		child_ended(l, pid, status);
	if (pid < 0 && errno == ECHILD && l->childless)
		l->childless(l);
}

bool loop_open(struct loop *l)
{
	sigset_t set;

	*l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->signals.ready = reap;
	if (l->epoll < 0 || l->signals.fd < 0)
		return false;
	loop_watch(l, &l->signals, EPOLLIN);
	return true;
}

void loop_close(struct loop *l)
{
	close(l->signals.fd);
	close(l->epoll);
}

void loop_watch(struct loop *l, struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	if (events == w->events && !(events & EPOLLET))
		return;
	epoll_ctl(l->epoll, !events ? EPOLL_CTL_DEL : w->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w->fd, &e);
	w->events = events;
	if (events)
		return;
	for (int i = 0; i < l->batch_len; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
}

void loop_after(struct loop *l, struct timer *t, uint64_t ms)
{
	if (!t->armed) {
		t->next = l->timers;
		l->timers = t;
	}
	t->armed = true;
	t->due = now_ms() + ms;
}

void loop_cancel(struct loop *l, struct timer *t)
{
	for (struct timer **at = &l->timers; *at; at = &(*at)->next) {
		if (*at != t)
			continue;
		*at = t->next;
		t->armed = false;
		return;
	}
}

void loop_child(struct loop *l, struct child *c)
{
	c->next = l->children;
	l->children = c;
}

void loop_forget(struct loop *l, struct child *c)
{
	for (struct child **at = &l->children; *at; at = &(*at)->next) {
		if (*at != c)
			continue;
		*at = c->next;
		return;
	}
}

static struct timer *due_timer(struct loop *l)
{
	uint64_t now = l->timers ? now_ms() : 0;

	for (struct timer *t = l->timers; t; t = t->next)
		if (t->due <= now)
			return t;
	return NULL;
}

static int wait_ms(struct loop *l)
{
	uint64_t now = l->timers ? now_ms() : 0, least = UINT64_MAX;

	for (struct timer *t = l->timers; t; t = t->next)
		if (t->due < least)
			least = t->due;
	if (least == UINT64_MAX)
		return -1;
	return least <= now ? 0 : least - now > 60000 ? 60000 : (int)(least - now);
}

void loop_run(struct loop *l)
{
	while (!l->stop) {
		int n = epoll_wait(l->epoll, l->batch, (int)COUNT(l->batch), wait_ms(l));

		l->batch_len = n < 0 ? 0 : n;
		for (int i = 0; i < l->batch_len && !l->stop; i++) {
			struct watch *w = l->batch[i].data.ptr;

			if (w)
				w->ready(w, l->batch[i].events);
		}
		l->batch_len = 0;
		for (struct timer *t; !l->stop && (t = due_timer(l));) {
			loop_cancel(l, t);
			t->fire(t);
		}
		if (l->idle && !l->stop)
			l->idle(l);
	}
}
