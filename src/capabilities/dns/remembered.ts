import { answer, udpBytes } from "./answer.ts";
import type { Zone } from "./zone.ts";

/** Resolvers ask the same few questions over and over, word for word. */
export const maxQuestions = 512;

/**
 * Answers over UDP as `answer` does, from memory where the same octets were asked before, the id apart. What the zone was then is what
 * it is now, or nothing is remembered.
 */
export class Remembered {
  readonly #answers = new Map<string, Buffer | null>();
  #version = -1;

  constructor(private readonly zone: Zone) {}

  /** Questions whose answers are kept. */
  get size(): number {
    return this.#answers.size;
  }

  answer(query: Buffer): Buffer | null {
    if (this.#version !== this.zone.version || this.#answers.size >= maxQuestions) {
      this.#answers.clear();
      this.#version = this.zone.version;
    }
    // Without its id, which is its first two octets.
    const question = query.toString("latin1", 2);
    const known = this.#answers.get(question);
    if (known === undefined) {
      const fresh = answer(query, this.zone, udpBytes);
      if (query.length >= 2 && query.length <= udpBytes) this.#answers.set(question, fresh && Buffer.from(fresh));
      return fresh;
    }
    if (known === null) return null;
    const copy = Buffer.from(known);
    copy[0] = query[0]!;
    copy[1] = query[1]!;
    return copy;
  }
}
