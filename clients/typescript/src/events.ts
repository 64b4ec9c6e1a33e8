/** Server-sent events of an organization, from where the reader was when the connection broke. */

import type { Client, Query } from "./client.js";
import { Problem, Unreachable } from "./problems.js";
import { systemClock } from "./retrying.js";

/**
 * What happened: `kind` such as `figures.changed`, and `data` with `at`, `plants`, `resources` and `payload`.
 * Keep `id` to go on behind this event in another process. `stream.gap` says that events between have been forgotten.
 */
export interface Event {
  id: string;
  kind: string;
  data: Record<string, unknown>;
}

interface Place {
  lastEventId: string | undefined;
  backMs: number;
}

/** Yield events until `signal` aborts; throws Problem where the service refuses, Unreachable when it is away too long. */
export async function* eventsOf(
  client: Client,
  path: string,
  query: Query,
  lastEventId?: string,
  signal?: AbortSignal,
): AsyncGenerator<Event> {
  const place: Place = { lastEventId, backMs: 2000 };
  for (;;) {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (place.lastEventId) headers["Last-Event-ID"] = place.lastEventId;
    const request = { query, headers, endless: true, ...(signal && { signal }) };
    try {
      const answer = await client.request("GET", path, request);
      if (answer.body) yield* read(answer.body, place);
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof Problem || error instanceof Unreachable) throw error;
    }
    await systemClock.sleep(place.backMs);
  }
}

/** Yield the events of one connection; an id counts when its event is whole, so that one that was cut off comes again. */
async function* read(body: ReadableStream<Uint8Array>, place: Place): AsyncGenerator<Event> {
  let id = place.lastEventId;
  let kind = "";
  let data: string[] = [];
  for await (const line of linesOf(body)) {
    if (line === "") {
      place.lastEventId = id;
      const told = data.join("\n");
      const name = kind || "message";
      const isEvent = data.length > 0;
      kind = "";
      data = [];
      if (isEvent) yield { id: id ?? "", kind: name, data: JSON.parse(told) as Record<string, unknown> };
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") id = value;
    else if (field === "event") kind = value;
    else if (field === "data") data.push(value);
    else if (field === "retry" && /^\d+$/.test(value)) place.backMs = Number(value);
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let begun = "";
  for await (const piece of body) {
    const parts = (begun + decoder.decode(piece, { stream: true })).split(/\r?\n/);
    begun = parts.pop() ?? "";
    yield* parts;
  }
}
