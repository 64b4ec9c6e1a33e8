/** A client of ESG Metrics: readings in at least once and in order, figures out with every digit. */

export { Client, type ClientOptions, type Query } from "./client.js";
export { Organization, type Reading, type ReadingReceipt } from "./organization.js";
export type { Event } from "./events.js";
export { Problem, Unreachable, type RowError } from "./problems.js";
export { retryAfterMs } from "./retrying.js";
export { verifiedWebhook, WebhookRefused } from "./webhooks.js";
export type { components, paths } from "./schema.js";
