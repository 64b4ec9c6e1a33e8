/** What the service answers when it does not do what it was asked. */

export interface RowError {
  index: number | null;
  field: string | null;
  meter: string | null;
  timestamp: string | null;
  code: string;
  detail: string;
}

/** The service could not be reached, or was too busy, for as long as the client was to try. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

/** An answer of application/problem+json: `code` is stable and made for programs; `errors` names rows or fields. */
export class Problem extends Error {
  override name = "Problem";
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly errors: RowError[];

  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
  ) {
    const code = typeof body["code"] === "string" ? body["code"] : "unknown";
    const detail = typeof body["detail"] === "string" ? body["detail"] : "";
    super(`${status} ${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.requestId = typeof body["request_id"] === "string" ? body["request_id"] : null;
    this.errors = Array.isArray(body["errors"]) ? (body["errors"] as RowError[]) : [];
  }
}

/** Return the problem that an answer is, also one that something between client and service made. */
export async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return new Problem(answer.status, body as Record<string, unknown>);
  } catch {
    // no JSON: a proxy's page
  }
  return new Problem(answer.status, { detail: text.slice(0, 500) });
}
