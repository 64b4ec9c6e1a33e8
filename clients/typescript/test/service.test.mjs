// The client against a running service, at ESG_ADDRESS with ESG_KEY.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { openAsBlob } from "node:fs";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, test } from "node:test";
import { Client, Problem, Unreachable } from "esg-metrics-client";
import { Outbox } from "esg-metrics-client/outbox";

const HARD = [
  ...["16777217", "0.1", "4294967295.999999", "123456789.123456", "-0.000001", "2147483647.000001", "9007199.254741"],
  ...["0.3", "100"],
];
const client = new Client(process.env.ESG_ADDRESS, process.env.ESG_KEY);
const code = `ts-${process.pid}`;
const works = client.organization(code);
const folder = () => mkdtemp(join(tmpdir(), "outbox-"));

async function all(items) {
  const found = [];
  for await (const each of items) found.push(each);
  return found;
}

before(async () => {
  await client.post("/v1/organizations", { code, name: "Acme", timezone: "Asia/Shanghai", currency: "CNY" });
  await client.post(`${works.path}/plants`, { code: "main", name: "Main", country: "CN" });
  for (const [meter, kind] of [["grid", "register"], ["bill", "event"]]) {
    const fields = { code: meter, kind, plant: "main", resource: "electricity.grid", unit: "kWh" };
    await client.post(`${works.path}/meters`, fields);
  }
});

test("decimals are sent and read exactly", async () => {
  const rows = HARD.map((value, at) => ({ meter: "bill", timestamp: `2019-01-0${at + 1}T00:00:00Z`, value }));
  assert.equal((await works.postReadings(rows)).inserted, 9);
  const read = await all(works.readings({ meter: "bill", end: "2020-01-01T00:00:00Z" }));
  assert.deepEqual(read.map((each) => each.value), HARD);
});

test("2,500 readings come back over pages", async () => {
  const rows = Array.from({ length: 2500 }, (_, at) => ({
    meter: "grid",
    timestamp: new Date(Date.UTC(2020, 0, 1) + at * 3_600_000),
    value: at,
  }));
  assert.equal((await works.postReadings(rows)).inserted, 2500);
  const read = await all(works.readings({ meter: ["grid"], end: "2021-01-01T00:00:00Z" }));
  assert.deepEqual(read.map((each) => each.value), rows.map((each) => String(each.value)));
});

test("a file of CSV goes in, its bad row told", async () => {
  const file = join(await folder(), "rows.csv");
  await writeFile(file, "meter,timestamp,value\nbill,2018-01-01T00:00:00Z,0.123456\nbill,nonsense,1\n");
  const receipt = await works.upload(await openAsBlob(file), "csv");
  assert.deepEqual([receipt.inserted, receipt.rejected, receipt.errors[0].index], [1, 1, 1]);
});

test("a problem has its code and its rows", async () => {
  await assert.rejects(client.post(`${works.path}/plants`, { code: "main", name: "Twice", country: "CN" }), (error) => {
    assert.ok(error instanceof Problem);
    return error.status === 409 && error.code === "duplicate_code";
  });
  const nobody = { meter: "nobody", timestamp: "2021-01-01T00:00:00Z", value: 1 };
  await assert.rejects(works.postReadings([nobody]), (error) => {
    return error.status === 422 && error.code === "readings_rejected" && error.errors[0].code === "unknown_meter";
  });
});

test("events go on after the last one", async () => {
  const coming = firstOf(works.events({ kind: ["readings.accepted"] }));
  let told = false;
  void coming.then(() => (told = true));
  for (let second = 0; !told && second < 10; second += 1) {
    await works.postReadings([{ meter: "bill", timestamp: `2016-01-01T00:00:0${second}Z`, value: 1 }]);
    await new Promise((done) => setTimeout(done, 1000));
  }
  const event = await coming;
  await works.postReadings([{ meter: "bill", timestamp: "2015-01-01T00:00:00Z", value: 1 }]);
  const following = await firstOf(works.events({ kind: ["readings.accepted"] }, event.id));
  assert.deepEqual([event.kind, following.kind], ["readings.accepted", "readings.accepted"]);
  assert.notEqual(event.id, following.id);
});

async function firstOf(events) {
  for await (const event of events) return event; // leaving the loop closes the connection
}

test("what a killed gateway had put arrives in order", async () => {
  const directory = await folder();
  let kept = 0;
  for (let round = 0; round < 4; round += 1) kept = await untilKilled(directory, kept + 1);
  const outbox = new Outbox(directory, works);
  await outbox.flush();
  assert.equal(await outbox.waiting(), 0);
  assert.deepEqual(await readdir(join(directory, "rejected")), []);
  const span = { meter: "bill", start: "2021-01-01T00:00:00Z", end: "2021-01-02T00:00:00Z" };
  const arrived = (await all(works.readings(span))).map((each) => Number(each.value));
  assert.deepEqual(arrived.slice(0, kept), Array.from({ length: kept }, (_, at) => at + 1));
  assert.ok(arrived.length - kept <= 1); // the last put may be on the disk and not yet told of
  const last = await all(works.readings({ meter: "grid", start: "2021-06-01T00:00:00Z" }));
  assert.deepEqual(last.map((each) => Number(each.value)), [arrived.at(-1)]);
});

/** Return the last number that the gateway had put before it was killed. */
async function untilKilled(directory, first) {
  const gateway = spawn(process.execPath, [join(import.meta.dirname, "gateway.mjs"), directory, code, String(first)]);
  const ended = new Promise((done) => gateway.once("exit", (_, signal) => done(signal)));
  let last = first - 1;
  for await (const line of createInterface({ input: gateway.stdout })) {
    if (last === first - 1) setTimeout(() => gateway.kill("SIGKILL"), 300);
    last = Number(line);
  }
  assert.equal(await ended, "SIGKILL");
  return last;
}

test("rows that are refused are kept with the reason and hold up nothing", async () => {
  const directory = await folder();
  const outbox = new Outbox(directory, works);
  const good = { meter: "bill", timestamp: "2014-01-01T00:00:00Z", value: "1.5" };
  await Promise.all([outbox.put([good, { ...good, meter: "nobody" }]), outbox.put([{ ...good, value: "much" }])]);
  assert.equal(await outbox.flush(), 2);
  const names = await readdir(join(directory, "rejected"));
  const kept = await readFile(join(directory, "rejected", names[0]), "utf8");
  assert.equal(names.length, 1);
  assert.deepEqual(kept.trimEnd().split("\n").map((line) => JSON.parse(line).error.code).sort(), [
    "unknown_meter",
    "value_unreadable",
  ]);
});

test("a service that is away keeps everything", async () => {
  const directory = await folder();
  const nowhere = new Client("http://127.0.0.1:9", "key", { patienceMs: 100 });
  const outbox = new Outbox(directory, nowhere.organization(code));
  await outbox.put([{ meter: "bill", timestamp: "2013-01-01T00:00:00Z", value: 1 }]);
  await assert.rejects(outbox.flush(), Unreachable);
  assert.equal(await outbox.waiting(), 1);
});

test("the quick start runs as it is printed", async () => {
  const printed = /```ts\n([\s\S]*?)```/.exec(await readFile(join(import.meta.dirname, "../README.md"), "utf8"))[1];
  const script = join(import.meta.dirname, "../dist/quick-start.mjs");
  await writeFile(script, printed);
  const ran = spawn(process.execPath, [script], { cwd: await folder(), stdio: ["ignore", "pipe", "inherit"] });
  const lines = [];
  for await (const line of createInterface({ input: ran.stdout })) lines.push(line);
  assert.deepEqual(lines, [
    "2 stored, timestamp_unreadable",
    "2020-12-31T16:00:00Z 16777217.1",
    "2021-12-30T16:00:00Z 16778217.1",
    "2021-12-31T16:00:00Z 16778219.1",
    "Electricity consumption 1 MWh",
    "409 duplicate_code",
  ]);
});
