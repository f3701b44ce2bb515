// What a person at the console reads: one line a message, `banger: …`.
#pragma once

__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
// Says it and reboots the machine, which ends the VMM. For PID 1 before it serves.
__attribute__((format(printf, 1, 2), noreturn)) void die(const char *format, ...);
