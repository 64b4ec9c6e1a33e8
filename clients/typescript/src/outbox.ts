/**
 * Readings kept on disk until the service has them: at least once and in order, over bad links and power cuts (Node).
 *
 * A directory of files, each the NDJSON of one `put`, named by a number that grows; the Python client's outbox is the
 * same. A file appears whole or not at all: it is written under another name, forced to the disk and linked. It is
 * deleted after the service has answered 200; after a cut between the two it is sent again, and counts as duplicate.
 */

import { type FileHandle, link, mkdir, open, readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";

import { lines, type Organization, type Row } from "./organization.js";
import { Problem, type RowError, Unreachable } from "./problems.js";
import { systemClock } from "./retrying.js";

/** What a wrong key or address is answered: that is no fault of the readings, which wait. */
const KEPT_BACK = new Set([401, 403, 404]);

/** An outbox of one organization in a directory of its own; one process sends, any may put. */
export class Outbox {
  readonly #directory: string;
  readonly #organization: Organization;
  readonly #bytesAtOnce: number;
  #parts = 0;
  #putting: Promise<void> = Promise.resolve();

  constructor(directory: string, organization: Organization, bytesAtOnce = 1 << 20) {
    this.#directory = directory;
    this.#organization = organization;
    this.#bytesAtOnce = bytesAtOnce;
  }

  /** Keep readings; when this is done they outlast a power cut. Puts of one outbox are in the order of the calls. */
  put(rows: Iterable<Row>): Promise<void> {
    const body = lines(rows);
    const done = this.#putting.then(() => (body === "" ? undefined : this.#keep(body)));
    this.#putting = done.catch(() => undefined);
    return done;
  }

  /** How many files wait. */
  async waiting(): Promise<number> {
    return (await this.#files()).length;
  }

  /**
   * Send what waits, oldest first, and return how many files were sent.
   *
   * Rows that the service refuses are in `rejected`, with what is wrong with them, and hold up nothing. Throws
   * Unreachable when the service is away, and Problem when it does not know the key or the organization.
   */
  async flush(): Promise<number> {
    let sent = 0;
    for (let batch = await this.#batch(); batch.length > 0; batch = await this.#batch()) {
      await this.#send(batch);
      for (const name of batch) await unlink(join(this.#directory, name));
      await synced(this.#directory);
      sent += batch.length;
    }
    return sent;
  }

  /** Send what is put until `signal` aborts; throws Problem as `flush` does. */
  async run(everyMs = 5000, signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted) {
      try {
        await this.flush();
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
      }
      await systemClock.sleep(everyMs);
    }
  }

  async #keep(body: string): Promise<void> {
    const rejected = join(this.#directory, "rejected");
    await mkdir(rejected, { recursive: true });
    const part = join(this.#directory, `${process.pid}-${Date.now()}-${(this.#parts += 1)}.part`);
    await written(part, body);
    let number = Math.max(0, ...(await this.#files()).slice(-1).map((name) => Number.parseInt(name, 10)));
    for (let kept = false; !kept; ) {
      number += 1;
      kept = await linked(part, join(this.#directory, `${String(number).padStart(20, "0")}.ndjson`));
    }
    await unlink(part);
    await synced(this.#directory);
  }

  async #files(): Promise<string[]> {
    try {
      return (await readdir(this.#directory)).filter((name) => name.endsWith(".ndjson")).sort();
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  /** The oldest files that go in one body: one at least. */
  async #batch(): Promise<string[]> {
    const batch: string[] = [];
    let size = 0;
    for (const name of await this.#files()) {
      size += (await stat(join(this.#directory, name))).size;
      if (batch.length > 0 && size > this.#bytesAtOnce) break;
      batch.push(name);
    }
    return batch;
  }

  async #send(batch: string[]): Promise<void> {
    const bodies = await Promise.all(batch.map((name) => readFile(join(this.#directory, name), "utf8")));
    const body = bodies.join("");
    let errors: RowError[];
    let whole: Record<string, unknown> | undefined;
    try {
      errors = (await this.#organization.upload(body, "ndjson")).errors;
    } catch (error) {
      if (!(error instanceof Problem) || KEPT_BACK.has(error.status) || error.status >= 500) throw error;
      errors = error.errors.filter((each) => each.index !== null);
      whole = errors.length === 0 ? error.body : undefined;
    }
    const rows = body.trimEnd().split("\n");
    const refusals = errors.map((each) => `{"error":${JSON.stringify(each)},"row":${rows[each.index ?? 0]}}\n`);
    if (whole) refusals.push(...rows.map((row) => `{"error":${JSON.stringify(whole)},"row":${row}}\n`));
    if (refusals.length > 0) {
      const name = `${Number.parseInt(batch[0] ?? "0", 10)}-${Date.now()}-${process.pid}.ndjson`;
      await written(join(this.#directory, "rejected", name), refusals.join(""));
      await synced(join(this.#directory, "rejected"));
    }
  }
}

/** Write a file that is not there yet and force it to the disk. */
async function written(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Give a file another name; false where another process has taken it. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Force a directory's names to the disk, where the system lets a directory be opened. */
async function synced(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle: FileHandle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
