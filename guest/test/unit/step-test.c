#include "test.h"
#include "base/step.h"
#include <unistd.h>

TEST(steps_are_timed_until_they_are_done)
{
	unsigned left;

	step("one");
	step("two");
	left = alarm(9);
	CHECK(left >= 9 && left <= 10);
	steps_done();
	CHECK(alarm(0) == 0);
	steps_done();
}
