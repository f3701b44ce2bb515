#pragma once

_Noreturn void boot(char **argv);
