/** Sending a request again while the service is away or busy, as soon as it says and not sooner. */

import { Unreachable } from "./problems.js";

const AGAIN = new Set([408, 429, 502, 503, 504]);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
};

/**
 * Return the first answer that stands: neither 408, 429, 502, 503, 504 nor a 409 that says when to come back.
 *
 * Throws Unreachable when the next try would begin later than `patienceMs` after the first. `Retry-After` says how long
 * to wait; without it the wait is random below a time that doubles, half a minute at most.
 */
export async function retrying(
  once: () => Promise<Response>,
  patienceMs: number,
  clock: Clock = systemClock,
): Promise<Response> {
  const end = clock.now() + patienceMs;
  for (let attempt = 0; ; attempt += 1) {
    let answer: Response | undefined;
    let cause: unknown;
    try {
      answer = await once();
    } catch (error) {
      cause = error;
    }
    if (answer !== undefined && !isPassing(answer)) return answer;
    const wait = retryAfterMs(answer?.headers.get("Retry-After") ?? null) ?? jitter(attempt);
    if (clock.now() + wait > end) {
      const told = answer === undefined ? String(cause) : `it answers ${answer.status}`;
      throw new Unreachable(`The service could not be asked: ${told}`, { cause });
    }
    await answer?.body?.cancel();
    await clock.sleep(wait);
  }
}

function isPassing(answer: Response): boolean {
  return AGAIN.has(answer.status) || (answer.status === 409 && answer.headers.has("Retry-After"));
}

function jitter(attempt: number): number {
  return Math.random() * Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempt, 20), LONGEST_WAIT_MS);
}

/** Return how long a Retry-After header asks to wait, by a number of seconds or a date; undefined where it has neither. */
export function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
