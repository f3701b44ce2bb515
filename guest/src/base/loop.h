// The event loop: descriptors, timers and ended children, all served by one thread.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

struct watch {
	int fd;
	uint32_t events; // what is asked for now; 0 = not watched
	void (*ready)(struct watch *, uint32_t events);
};

struct timer {
	uint64_t due; // ms on the monotonic clock
	bool armed;
	void (*fire)(struct timer *);
	struct timer *next;
};

struct child {
	pid_t pid;
	void (*ended)(struct child *, int status); // called once, after the entry has left the loop
	struct child *next;
};

struct loop {
	int epoll;
	struct watch signals;
	struct timer *timers;
	struct child *children;
	struct epoll_event batch[16];
	int batch_len;
	bool stop;
	void (*idle)(struct loop *); // runs after each batch; may be NULL
	void (*childless)(struct loop *); // runs when a child has ended and none is left; may be NULL
};

// Blocks SIGCHLD and SIGPIPE-like deaths for the whole process. False with errno set where the kernel refuses.
bool loop_open(struct loop *l);
void loop_close(struct loop *l);
void loop_run(struct loop *l); // until stop is set
// Asks for events of w->fd, or for none. Asking again with EPOLLET has the kernel look at the present state anew.
void loop_watch(struct loop *l, struct watch *w, uint32_t events);
void loop_after(struct loop *l, struct timer *t, uint64_t ms);
void loop_cancel(struct loop *l, struct timer *t);
void loop_child(struct loop *l, struct child *c);
void loop_forget(struct loop *l, struct child *c);
uint64_t now_ms(void);
