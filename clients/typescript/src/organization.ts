/** What is asked of one organization most: readings in and out, rollups, disclosures, events. */

import type { Client, Query } from "./client.js";
import { type Event, eventsOf } from "./events.js";
import type { components } from "./schema.js";

type Schemas = components["schemas"];
export type Reading = Schemas["Reading"];
export type ReadingReceipt = Schemas["ReadingReceipt"];
/** A reading to send: write the value as a string, so that every digit of it arrives. */
export interface Row {
  meter: string;
  timestamp: string | Date;
  value: string | number | bigint;
  quality?: "measured" | "estimated" | "manual";
  start?: string | Date;
  reference?: string;
}
export type Form = "csv" | "ndjson";
const MEDIA_TYPES: Record<Form, string> = { csv: "text/csv", ndjson: "application/x-ndjson" };

/** One organization; `path` is its address, which longer ones for the client's methods begin with. */
export class Organization {
  readonly path: string;

  constructor(
    readonly client: Client,
    readonly code: string,
  ) {
    this.path = `/v1/organizations/${encodeURIComponent(code)}`;
  }

  /**
   * Send readings in one body; `options` are `atomic`, `dry_run`, `on_conflict`, `restore` and `reason`.
   * Rows that are refused are in `errors` of the receipt; throws Problem when every row was refused.
   */
  postReadings(rows: Iterable<Row>, options: Query = {}): Promise<ReadingReceipt> {
    return this.upload(lines(rows), "ndjson", options);
  }

  /** Send readings that are a body already: CSV with a header, or NDJSON. A Blob, such as a file's, is sent as it is read. */
  async upload(body: string | Uint8Array<ArrayBuffer> | Blob, form: Form, options: Query = {}): Promise<ReadingReceipt> {
    const headers = { "Content-Type": MEDIA_TYPES[form], "Content-Encoding": "gzip" };
    const source = body instanceof Blob ? body : new Blob([body]);
    const content = (): BodyInit => source.stream().pipeThrough(new CompressionStream("gzip"));
    const request = { query: options, content, headers };
    return (await (await this.client.request("POST", `${this.path}/readings`, request)).json()) as ReadingReceipt;
  }

  /** Stored readings by meter and instant. */
  readings(query: Query = {}): AsyncGenerator<Reading> {
    return this.client.items("/v1/organizations/{organization}/readings", { path: this.#named(), query });
  }

  /** Quantities per meter and hour, day, month or year. */
  rollups(grain: "hour" | "day" | "month" | "year", query: Query = {}): AsyncGenerator<Schemas["RollupItem"]> {
    const options = { path: this.#named(), query: { ...query, grain } };
    return this.client.items("/v1/organizations/{organization}/rollups", options);
  }

  /** The live annual table. */
  disclosure(framework: string, year: number, query: Query = {}): Promise<Schemas["Disclosure"]> {
    const path = { ...this.#named(), framework, year };
    return this.client.get("/v1/organizations/{organization}/disclosures/{framework}/{year}", { path, query });
  }

  /** Events as they happen, for ever, after `lastEventId` if given; a connection cut off is made anew. */
  events(query: Query = {}, lastEventId?: string, signal?: AbortSignal): AsyncGenerator<Event> {
    return eventsOf(this.client, `${this.path}/stream`, query, lastEventId, signal);
  }

  #named(): { organization: string } {
    return { organization: this.code };
  }
}

/** Return readings as NDJSON, their values as strings. */
export function lines(rows: Iterable<Row>): string {
  return [...rows].map((row) => `${JSON.stringify({ ...row, value: row.value.toString() })}\n`).join("");
}
