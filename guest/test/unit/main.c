// Without arguments: the names of all tests. With one: runs the test of that name.
#include "test.h"

static struct test *tests;

void test_add(struct test *t)
{
	t->next = tests;
	tests = t;
}

int main(int argc, char **argv)
{
	for (struct test *t = tests; t; t = t->next) {
		if (argc < 2)
			puts(t->name);
		else if (!strcmp(t->name, argv[1])) {
			t->run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 3;
}
