/** Telling webhook calls of the service from others, and new ones from recorded ones: standardwebhooks.com. */

/** The call was not signed with the secret, or too long ago. */
export class WebhookRefused extends Error {
  override name = "WebhookRefused";
}

/**
 * Return the event of a call; throws WebhookRefused for one that is not genuine.
 *
 * `body` is the raw body, byte for byte. Remember `Webhook-Id`: a call whose answer was lost comes again.
 */
export async function verifiedWebhook(
  secret: string,
  headers: Headers | Record<string, string>,
  body: string,
  options: { toleranceS?: number; nowS?: number } = {},
): Promise<Record<string, unknown>> {
  const given = headers instanceof Headers ? headers : new Headers(headers);
  const id = given.get("Webhook-Id");
  const stamp = given.get("Webhook-Timestamp");
  const signatures = given.get("Webhook-Signature");
  if (id === null || stamp === null || signatures === null || !/^\d+$/.test(stamp)) {
    throw new WebhookRefused("The call lacks Webhook-Id, Webhook-Timestamp or Webhook-Signature");
  }
  if (Math.abs((options.nowS ?? Date.now() / 1000) - Number(stamp)) > (options.toleranceS ?? 300)) {
    throw new WebhookRefused("The call was signed too long ago, or by a clock that is wrong");
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytesOf(secret.replace(/^whsec_/, "")), algorithm, false, ["verify"]);
  const signed = new TextEncoder().encode(`${id}.${stamp}.${body}`);
  for (const signature of signatures.split(" ")) {
    const [version, digest] = signature.split(",");
    if (version !== "v1" || digest === undefined) continue;
    if (await crypto.subtle.verify("HMAC", key, bytesOf(digest), signed)) return JSON.parse(body);
  }
  throw new WebhookRefused("No signature of the call is of this secret and this body");
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}
