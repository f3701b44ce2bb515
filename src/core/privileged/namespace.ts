import { z } from "zod";

/** User namespaces of the owner's: a service that may gain no privileges cannot use newuidmap. */
export const namespaceOperations = {
  "namespace.map": {
    schema: z.strictObject({
      pid: z
        .int()
        .min(2)
        .max(2 ** 22),
      startTime: z.int().min(0),
    }),
    touches:
      "the id maps of a user namespace that the owner has just made: the owner is root there, the owner's subordinate ids of /etc/subuid and /etc/subgid are everybody else, as newuidmap would do it",
    refuses:
      "a process of another user or start time, one without a user namespace of its own, maps that are written already",
  },
} as const;
