// A gateway: puts numbers into an outbox and sends them at the same time, until somebody kills it.
// node test/gateway.mjs DIRECTORY ORGANIZATION FIRST
import { Client } from "esg-metrics-client";
import { Outbox } from "esg-metrics-client/outbox";

const [, , directory, organization, first] = process.argv;
const client = new Client(process.env.ESG_ADDRESS, process.env.ESG_KEY, { patienceMs: 5000 });
const outbox = new Outbox(directory, client.organization(organization), 500);
void outbox.run(10);
for (let number = Number(first); ; number += 1) {
  const timestamp = new Date(Date.UTC(2021, 0, 1) + number * 1000);
  const same = { meter: "grid", timestamp: "2021-06-01T00:00:00Z", value: number };
  await outbox.put([{ meter: "bill", timestamp, value: number }, same]);
  process.stdout.write(`${number}\n`);
}
