/** The service behind one key: requests that are repeated when that is safe, decimals as strings, pages as iterators. */

import { Organization } from "./organization.js";
import { problemOf } from "./problems.js";
import { retrying } from "./retrying.js";
import type { paths } from "./schema.js";

/** JSON in which every decimal number is a string: a JavaScript number would lose digits. */
export const EXACT_JSON = "application/json; numbers=string";

type Value = string | number | boolean | null | undefined;
export type Query = Record<string, Value | readonly Value[]>;

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : unknown;
type Answer<Path, Method> = Path extends keyof paths
  ? Method extends keyof paths[Path]
    ? paths[Path][Method] extends { responses: infer Responses }
      ? Responses extends { 200: infer Ok }
        ? Json<Ok>
        : Responses extends { 201: infer Created }
          ? Json<Created>
          : Responses extends { 202: infer Accepted }
            ? Json<Accepted>
            : unknown
      : unknown
    : unknown
  : unknown;
type Body<Path, Method> = Path extends keyof paths
  ? Method extends keyof paths[Path]
    ? paths[Path][Method] extends { requestBody?: { content: { "application/json": infer Sent } } }
      ? Sent
      : unknown
    : unknown
  : unknown;
type Item<Page> = Page extends { items: (infer One)[] } ? One : unknown;
/** A path of the document such as `/v1/organizations/{organization}/meters`, or one that is filled in already. */
export type Path = keyof paths | (string & {});

export interface ClientOptions {
  /** How long tries may take in all, in milliseconds; a minute when omitted. */
  patienceMs?: number;
  /** How long one try may take, in milliseconds; half a minute when omitted. */
  timeoutMs?: number;
  fetch?: typeof globalThis.fetch;
}

export interface Options {
  /** What stands for `{organization}` and the like in the path. */
  path?: Record<string, string | number>;
  query?: Query;
}

export interface Request extends Options {
  /** A body, or what makes it anew at each try. */
  content?: BodyInit | (() => BodyInit);
  headers?: Record<string, string>;
  /** A stream takes as long as it lasts: no timeout. */
  endless?: boolean;
  signal?: AbortSignal;
}

/**
 * Every method throws Problem for an answer that is an error, and Unreachable when nobody answered in time.
 * A POST carries one Idempotency-Key however often it is tried.
 */
export class Client {
  readonly #address: string;
  readonly #key: string | null;
  readonly #patienceMs: number;
  readonly #timeoutMs: number;
  readonly #fetch: typeof globalThis.fetch;

  constructor(address: string, key: string | null, options: ClientOptions = {}) {
    this.#address = address.replace(/\/+$/, "");
    this.#key = key;
    this.#patienceMs = options.patienceMs ?? 60_000;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** What can be asked of one organization. */
  organization(code: string): Organization {
    return new Organization(this, code);
  }

  /** Read something; an array repeats a filter. */
  async get<P extends Path>(path: P, options: Options = {}): Promise<Answer<P, "get">> {
    return (await (await this.request("GET", path, options)).json()) as Answer<P, "get">;
  }

  /** The items of a list, page after page. */
  async *items<P extends Path>(path: P, options: Options = {}): AsyncGenerator<Item<Answer<P, "get">>> {
    let cursor: string | null = null;
    do {
      const query: Query = { limit: 1000, ...options.query, cursor };
      const page = (await this.get(path, { ...options, query })) as { items: unknown[]; next: string | null };
      for (const item of page.items) yield item as Item<Answer<P, "get">>;
      cursor = page.next;
    } while (cursor !== null);
  }

  /** Create something, or have a step taken. */
  post<P extends Path>(path: P, body: Body<P, "post">, options: Options = {}): Promise<Answer<P, "post">> {
    return this.#send("POST", path, body, options);
  }

  /** Put something in the place of what there is. */
  put<P extends Path>(path: P, body: Body<P, "put">, options: Options = {}): Promise<Answer<P, "put">> {
    return this.#send("PUT", path, body, options);
  }

  /** Change the fields that `body` names. */
  patch<P extends Path>(path: P, body: Body<P, "patch">, options: Options = {}): Promise<Answer<P, "patch">> {
    return this.#send("PATCH", path, body, options);
  }

  /** Delete something. */
  async delete(path: Path, options: Options = {}): Promise<void> {
    await (await this.request("DELETE", path, options)).body?.cancel();
  }

  /** Read an answer as bytes: an export, or rows in a format. */
  async download(path: Path, options: Options = {}): Promise<Uint8Array> {
    const answer = await this.request("GET", path, { ...options, headers: { Accept: "*/*" } });
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** Send any request and return its answer, which is no error; tried again like all others. */
  async request(method: string, path: string, request: Request = {}): Promise<Response> {
    const headers: Record<string, string> = { Accept: EXACT_JSON };
    if (this.#key !== null) headers["X-API-Key"] = this.#key;
    if (method === "POST") headers["Idempotency-Key"] = crypto.randomUUID();
    Object.assign(headers, request.headers);
    const address = `${this.#address}${filled(path, request.path ?? {})}${searched(request.query ?? {})}`;
    const once = (): Promise<Response> => {
      const body = typeof request.content === "function" ? request.content() : request.content;
      const signals = [request.signal, request.endless ? undefined : AbortSignal.timeout(this.#timeoutMs)];
      const signal = AbortSignal.any(signals.filter((each) => each !== undefined));
      const init: RequestInit & { duplex: "half" } = { method, headers, signal, duplex: "half" };
      return this.#fetch(address, body === undefined ? init : { ...init, body });
    };
    const answer = await retrying(once, this.#patienceMs);
    if (!answer.ok) throw await problemOf(answer);
    return answer;
  }

  async #send<T>(method: string, path: string, body: unknown, options: Options): Promise<T> {
    const headers = { "Content-Type": "application/json" };
    const answer = await this.request(method, path, { ...options, content: JSON.stringify(body), headers });
    const text = await answer.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

function filled(path: string, values: Record<string, string | number>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`The path needs ${name}`);
    return encodeURIComponent(value);
  });
}

function searched(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, given] of Object.entries(query)) {
    for (const value of Array.isArray(given) ? (given as readonly Value[]) : [given as Value]) {
      if (value !== null && value !== undefined) search.append(name, String(value));
    }
  }
  return search.size === 0 ? "" : `?${search}`;
}
