// A client of Changeover's gateway in one file, with nothing but what comes with Node.js 18 or newer.
//
//     const store = new Gateway("donna", { dataDir: ".changeover" });
//     await store.put("users", ["ada"], { email: "ada@example.com", created_at: now(), updated_at: now() });
//
// A write is repeated, always with the same Idempotency-Key, while the gateway is overloaded (429), cannot reach Kafka (503), answers
// with another 5xx or breaks the connection, until `patience` is over: it counts once, however often it is sent.

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** The gateway's answer was no, and repeating it would not help. */
export class Refused extends Error {
  constructor(status, problem) {
    super(`${status}: ${problem.detail ?? problem.title ?? ""}`);
    this.status = status;
    this.problem = problem;
  }
}

/** Patience is over. If it was a write, nobody knows whether it counts: repeat it with the same idempotency key. */
export class Unreachable extends Error {}

export const now = () => new Date().toISOString();

/** Records by entity and key. A key is the array of its values, in the definition's order. */
export class Gateway {
  #given;
  #primary = null;
  #primaryUntil = 0;

  /** `url` and `token` instead of `dataDir` where endpoint.json cannot be read; `patience` in milliseconds. */
  constructor(migration, { dataDir = ".changeover", url = null, token = null, patience = 30_000 } = {}) {
    this.migration = migration;
    this.dataDir = dataDir;
    this.patience = patience;
    this.#given = url === null ? null : { url, token };
  }

  /** The record's fields, or null if there is none; from the primary, or from `side`, which is "legacy" or "target". */
  async get(entity, key, { side } = {}) {
    const found = await this.#request("GET", this.#path(entity, key, { side }), { absent: true });
    return found === null ? null : found.fields;
  }

  put(entity, key, fields, options) {
    return this.#write("PUT", entity, key, fields, options);
  }

  /** As `put`, but Refused with status 409 if the record is there already. */
  create(entity, fields, options) {
    return this.#write("POST", entity, [], fields, options);
  }

  /** A JSON merge patch: it reaches into JSON fields, and null removes. Refused with status 404 if there is no record. */
  patch(entity, key, changes, options) {
    return this.#write("PATCH", entity, key, changes, options);
  }

  delete(entity, key, options) {
    return this.#write("DELETE", entity, key, undefined, options);
  }

  /** Lines {op: "put|patch|delete", entity, key: {...}, fields: {...}}: all of them are on the log, or none. */
  async batch(lines, { wait = "primary", idempotencyKey = randomUUID() } = {}) {
    const answer = await this.#request("POST", this.#path("batch", [], this.#waiting(wait)), {
      body: lines.map((line) => JSON.stringify(line) + "\n").join(""),
      headers: { "Content-Type": "application/x-ndjson", "Idempotency-Key": idempotencyKey },
    });
    return answer.results;
  }

  /** A page of records in key order: {records: [fields, ...], next: cursor or null}. `equal` are filters. */
  async page(entity, { limit = 100, after = null, ...equal } = {}) {
    const page = await this.#request("GET", this.#path(entity, [], { limit, after, ...equal }));
    return { records: page.items.map((item) => item.fields), next: page.next };
  }

  /** All records, page by page. */
  async *each(entity, equal = {}) {
    let after = null;
    do {
      const page = await this.page(entity, { ...equal, limit: 1000, after });
      yield* page.records;
      after = page.next;
    } while (after !== null);
  }

  /** Which side counts now, "legacy" or "target": the flag to poll for code that still reads a side by itself. */
  async primary({ atMostMillisOld = 0 } = {}) {
    if (this.#primary === null || Date.now() >= this.#primaryUntil) {
      this.#primary = (await this.#request("GET", this.#path("primary", []))).primary;
      this.#primaryUntil = Date.now() + atMostMillisOld;
    }
    return this.#primary;
  }

  /** Phase, primary, counts, lag and the gate, as `changeover status --output json` has them. */
  status() {
    return this.#request("GET", this.#path("status", []));
  }

  /** Starts an operation, such as "backfill", and waits for its end: its result, or an error with what went wrong. */
  async operation(kind, options = {}) {
    const body = JSON.stringify(options);
    const headers = { "Content-Type": "application/json" };
    const { operation } = await this.#request("POST", this.#path("operations", [kind]), { body, headers });
    for (;;) {
      const seen = await this.#request("GET", this.#path("operations", [operation]));
      if (seen.state === "succeeded") {
        return seen.result;
      }
      if (seen.state === "failed") {
        throw new Error(`${kind}: ${seen.error}`);
      }
      await pause(200);
    }
  }

  #write(method, entity, key, fields, { wait = "primary", idempotencyKey = randomUUID() } = {}) {
    return this.#request(method, this.#path(entity, key, this.#waiting(wait)), {
      body: fields === undefined ? undefined : JSON.stringify(fields),
      headers: { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey },
    });
  }

  #waiting(wait) {
    return { wait, timeout_ms: Math.floor(this.patience / 2) };
  }

  #path(entity, key, query = {}) {
    const parts = [this.migration, entity, ...key.map(String)].map(encodeURIComponent);
    const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
    return `/v1/${parts.join("/")}${given.length === 0 ? "" : `?${new URLSearchParams(given)}`}`;
  }

  /** Where it is now: after a restart it may have another port and another token. */
  async #endpoint() {
    return this.#given ?? JSON.parse(await readFile(join(this.dataDir, "endpoint.json"), "utf8"));
  }

  async #request(method, path, { body, headers = {}, absent = false } = {}) {
    const deadline = Date.now() + this.patience;
    for (let attempt = 0; ; attempt++) {
      let why;
      let wait = 0;
      try {
        const { url, token } = await this.#endpoint();
        const answer = await fetch(url + path, {
          method,
          body,
          headers: token ? { ...headers, Authorization: `Bearer ${token}` } : headers,
          signal: AbortSignal.timeout(this.patience),
        });
        const text = await answer.text();
        if (answer.ok) {
          return JSON.parse(text);
        }
        if (answer.status === 404 && absent) {
          return null;
        }
        if (answer.status !== 429 && answer.status < 500) {
          throw new Refused(answer.status, document(text));
        }
        wait = 1000 * Number(answer.headers.get("retry-after") ?? 0);
        why = `${answer.status}: ${document(text).detail ?? ""}`;
      } catch (failure) {
        if (failure instanceof Refused) {
          throw failure;
        }
        why = String(failure.cause ?? failure); // no connection, a broken one, or an answer that was cut off
      }
      wait = Math.max(wait, Math.min(2000, 50 * 2 ** attempt) * (0.5 + Math.random()));
      if (Date.now() + wait > deadline) {
        throw new Unreachable(`${method} ${path}, ${attempt + 1} times: ${why}`);
      }
      await pause(wait);
    }
  }
}

function document(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { title: text.slice(0, 200) };
  }
}
