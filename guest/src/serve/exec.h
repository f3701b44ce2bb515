// A running EXEC: the parts that exec*.c share.
#pragma once
#include "serve/agent.h"
#include "serve/outlet.h"
#include "serve/reply.h"

struct exec_output {
	struct exec *owner;
	struct watch w; // fd -1: closed
	uint8_t tag;
	size_t left; // after the program's end: bytes that may still be read
};

struct exec {
	struct stream *st;
	struct loop *loop;
	struct message_reader reader;
	struct child child;
	struct watch report; // fd -1: the start has been concluded
	struct exec_output output[2];
	struct outlet input; // fd -1: closed
	bool terminal, input_ends, ended;
	int status;
	char *program, *cwd; // for messages
	size_t unowed; // bytes in `input` that did not come from the host
};

// exec-io.c: the program's input and output.
void exec_input(struct exec *e, const uint8_t *at, size_t n);
void exec_input_end(struct exec *e); // once all that came before has been written
void exec_outputs_pump(struct exec *e); // reads, or asks to be told when there is something
void exec_outputs_limit(struct exec *e); // the program has ended: only what is there now is still read
bool exec_outputs_closed(const struct exec *e);
void exec_io_open(struct exec *e, int in, int out, int err);
void exec_io_close(struct exec *e);
// exec-stream.c: the host's messages, and the end.
extern const struct stream_ops exec_ops;
void exec_try_finish(struct exec *e); // EXIT once the program has ended and its output is sent
void exec_release(struct exec *e);
