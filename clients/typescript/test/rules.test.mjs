// What needs no service: waiting, one key a POST, events that were cut off, signatures of webhooks.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { Client, Problem, retryAfterMs, Unreachable, verifiedWebhook, WebhookRefused } from "esg-metrics-client";
import { retrying } from "../dist/retrying.js";

function clock() {
  const slept = [];
  let now = 0;
  return { slept, now: () => now, sleep: async (ms) => void (slept.push(ms), (now += ms)) };
}

function answers(...list) {
  return async () => {
    const next = list.shift();
    if (next instanceof Error) throw next;
    return next;
  };
}

for (const status of [408, 409, 429, 502, 503, 504]) {
  test(`${status} waits as long as Retry-After says`, async () => {
    const time = clock();
    const busy = () => new Response(null, { status, headers: { "Retry-After": "7" } });
    const answer = await retrying(answers(busy(), busy(), new Response("")), 60_000, time);
    assert.equal(answer.status, 200);
    assert.deepEqual(time.slept, [7000, 7000]);
  });
}

test("other answers stand", async () => {
  for (const status of [200, 400, 401, 404, 409, 413, 422, 500]) {
    assert.equal((await retrying(answers(new Response(null, { status })), 60_000, clock())).status, status);
  }
});

test("it gives up when it would have to wait longer than it may", async () => {
  const time = clock();
  const busy = new Response(null, { status: 429, headers: { "Retry-After": "11" } });
  await assert.rejects(retrying(answers(busy), 10_000, time), Unreachable);
  assert.deepEqual(time.slept, []);
  await assert.rejects(retrying(async () => Promise.reject(new TypeError("refused")), 10_000, time), Unreachable);
});

test("Retry-After is a number or a date", () => {
  assert.equal(retryAfterMs("12"), 12_000);
  const soon = retryAfterMs(new Date(Date.now() + 30_000).toUTCString());
  assert.ok(soon > 28_000 && soon <= 30_000);
  assert.equal(retryAfterMs("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  assert.equal(retryAfterMs("soon"), undefined);
  assert.equal(retryAfterMs(null), undefined);
});

test("a POST has one Idempotency-Key however often it is tried", async () => {
  const seen = [];
  const fetch = async (_, init) => {
    seen.push(init.headers["Idempotency-Key"]);
    return seen.length < 3 ? new Response(null, { status: 503, headers: { "Retry-After": "0" } }) : Response.json({});
  };
  const client = new Client("http://service.example/", "key", { fetch });
  await client.post("/v1/keys", {});
  await client.post("/v1/keys", {});
  assert.equal(new Set(seen.slice(0, 3)).size, 1);
  assert.notEqual(seen[0], seen[3]);
});

test("an answer that is no problem object is a problem all the same", async () => {
  const fetch = async () => new Response("<html>too large</html>", { status: 413 });
  await assert.rejects(new Client("http://service.example", null, { fetch }).get("/v1/organizations"), (error) => {
    return error instanceof Problem && error.status === 413 && error.detail === "<html>too large</html>";
  });
});

test("an event that was cut off comes again and none twice", async () => {
  const asked = [];
  const pieces = [
    'retry: 1\nid: 10-0\n\nid: 10-1\nevent: one\ndata: {"n":1}\n\nid: 10-2\nevent: two\nda',
    'id: 10-2\r\nevent: two\r\ndata: {"n":2}\r\n\r\n: alive\nid: 10-5\n\n',
    'id: 10-6\nevent: six\ndata: {"n":6}\n\n',
  ];
  const fetch = async (_, init) => {
    asked.push(init.headers["Last-Event-ID"]);
    return new Response(pieces[asked.length - 1]);
  };
  const events = new Client("http://service.example", null, { fetch }).organization("acme").events();
  const found = [];
  for await (const event of events) if (found.push(event) === 3) break;
  assert.deepEqual(found, [
    { id: "10-1", kind: "one", data: { n: 1 } },
    { id: "10-2", kind: "two", data: { n: 2 } },
    { id: "10-6", kind: "six", data: { n: 6 } },
  ]);
  assert.deepEqual(asked, [undefined, "10-1", "10-5"]);
});

test("a genuine webhook call is told from others", async () => {
  const secret = `whsec_${Buffer.from("a secret of the receiver").toString("base64")}`;
  const body = '{"kind":"figures.changed"}';
  const call = (own = "a secret of the receiver") => ({
    "webhook-id": "1-1",
    "Webhook-Timestamp": "1700000000",
    "WEBHOOK-SIGNATURE": `v1,bm8= v1,${createHmac("sha256", own).update(`1-1.1700000000.${body}`).digest("base64")}`,
  });
  assert.deepEqual(await verifiedWebhook(secret, call(), body, { nowS: 1_700_000_200 }), { kind: "figures.changed" });
  for (const [headers, sent, nowS] of [
    [call(), `${body} `, 1_700_000_200],
    [call(), body, 1_700_000_301],
    [call("of somebody else"), body, 1_700_000_200],
    [{}, body, 1_700_000_200],
  ]) {
    await assert.rejects(verifiedWebhook(secret, headers, sent, { nowS }), WebhookRefused);
  }
});
