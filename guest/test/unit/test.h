// TEST(name) { … } registers itself; CHECK ends the test where it does not hold.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_add(struct test *t);

#define TEST(id)                                                                     \
	static void id(void);                                                        \
	__attribute__((constructor)) static void add_##id(void)                      \
	{                                                                            \
		static struct test t = {#id, id, NULL};                              \
		test_add(&t);                                                        \
	}                                                                            \
	static void id(void)

#define CHECK(condition)                                                             \
	do {                                                                         \
		if (!(condition)) {                                                  \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			exit(1);                                                     \
		}                                                                    \
	} while (0)
