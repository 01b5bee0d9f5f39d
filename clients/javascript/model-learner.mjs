// singularity-forge's model learner on two stores: its JSON file, as before, and the gateway. What it decides is the same on both.
//
// With the gateway, the file is moved by itself when the learner is first opened, once. When the gateway, or what is behind it, cannot be
// reached, the learner goes on: it reads the file, which Changeover keeps up to date, and keeps each outcome in a file of its own. What was
// kept is sent when the gateway is there again, under the id that it has from the beginning, so it counts once.

import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Gateway, Refused, Unreachable } from "./changeover.mjs";
import { storage } from "./storage.mjs";

const NOTHING = { successes: 0, failures: 0, timeouts: 0, totalTokens: 0, totalCost: 0 };
const AWAY_MILLIS = 10_000;

export class ModelLearner {
  #tracker;

  constructor(tracker) {
    this.#tracker = tracker;
  }

  /** `root` is the project's folder; which store it is, the environment says: see storage.mjs. */
  static async open(root, { environ = process.env, log = console.error, patience = 30_000 } = {}) {
    const file = new JsonFile(root);
    const store = storage("singularity-forge", () => file, environ);
    if (store === file) {
      return new ModelLearner(file);
    }
    const tracker = new GatewayTracker(new Gateway(store.migration, { dataDir: store.dataDir, patience }), file, root, log);
    await tracker.open();
    return new ModelLearner(tracker);
  }

  recordOutcome(taskType, modelId, { success, timeout = false, tokensUsed = 0, costUsd = 0, timestamp } = {}) {
    const at = timestamp ?? new Date().toISOString();
    return this.#tracker.record({ taskType, modelId, success, timeout, tokensUsed, costUsd, timestamp: at });
  }

  /** Best first; of equal ones the name decides, where the file's order did before. */
  async getRankedModels(taskType, minSamples = 3) {
    const ranked = [];
    for (const [modelId, stats] of Object.entries(await this.#tracker.stats(taskType))) {
      const samples = stats.successes + stats.failures;
      if (samples >= minSamples && samples > 0) {
        const { successes, failures, totalTokens, totalCost } = { ...NOTHING, ...stats };
        ranked.push({ modelId, successRate: successes / samples, successes, failures, totalTokens, totalCost });
      }
    }
    return ranked.sort((a, b) => b.successRate - a.successRate || (a.modelId < b.modelId ? -1 : 1));
  }

  /** Whether it has failed more often than not. */
  async shouldDemote(taskType, modelId, minSamples = 3) {
    const ranked = await this.getRankedModels(taskType, minSamples);
    return ranked.some((each) => each.modelId === modelId && each.successRate < 0.5);
  }

  /** The best and the one that might be better; fewer where there are no two. */
  async getABTestCandidates(taskType, minSamples = 3) {
    return (await this.getRankedModels(taskType, minSamples)).slice(0, 2).map((each) => each.modelId);
  }
}

/** The map of maps as it has always been: rewritten whole for each outcome. */
class JsonFile {
  #path;

  constructor(root) {
    this.#path = join(root, ".sf", "model-performance.json");
  }

  async stats(taskType) {
    return (await this.#read())[taskType] ?? {};
  }

  async record(outcome) {
    const data = await this.#read();
    const models = (data[outcome.taskType] ??= {});
    models[outcome.modelId] = added(models[outcome.modelId] ?? NOTHING, outcome);
    await writeWhole(this.#path, JSON.stringify(data, null, 2));
  }

  async #read() {
    try {
      return JSON.parse(await readFile(this.#path, "utf8"));
    } catch (failure) {
      if (failure.code === "ENOENT") {
        return {};
      }
      throw failure;
    }
  }
}

class GatewayTracker {
  #gateway;
  #file;
  #waiting;
  #log;
  #awayUntil = 0;

  constructor(gateway, file, root, log) {
    this.#gateway = gateway;
    this.#file = file;
    this.#waiting = join(root, ".sf", "outcomes-waiting");
    this.#log = log;
  }

  /** Moves the file if nobody has begun to, and sends what waits. */
  async open() {
    await this.#reached(async () => {
      if ((await this.#gateway.status()).phase === "planned") {
        await this.#gateway.operation("backfill");
        this.#log("The model performance file has been moved.");
      }
      await this.#send();
    });
  }

  async record(outcome) {
    // Kept first and sent then: whatever happens in between, it is not lost, and its id makes it count once.
    await mkdir(this.#waiting, { recursive: true });
    const name = `${Date.now()}-${randomUUID()}.json`;
    await writeWhole(join(this.#waiting, name), JSON.stringify(outcome));
    await this.#reached(() => this.#send());
  }

  async stats(taskType) {
    let stats = null;
    await this.#reached(async () => {
      await this.#send();
      stats = {};
      for await (const each of this.#gateway.each("model_stats", { task_type: taskType })) {
        stats[each.model_id] = each;
      }
    });
    if (stats === null) {
      stats = { ...(await this.#file.stats(taskType)) };
      for (const [, outcome] of await this.#kept()) {
        if (outcome.taskType === taskType) {
          stats[outcome.modelId] = added(stats[outcome.modelId] ?? NOTHING, outcome);
        }
      }
    }
    return stats;
  }

  async #send() {
    for (const [name, outcome] of await this.#kept()) {
      const path = join(this.#waiting, name);
      try {
        await this.#gateway.put("model_outcomes", [outcome.taskType, outcome.modelId, name.replace(".json", "")], {
          success: outcome.success,
          timeout: outcome.timeout,
          tokens_used: outcome.tokensUsed,
          cost_usd: outcome.costUsd,
          timestamp: outcome.timestamp,
        });
        await unlink(path).catch(ignoreAbsent); // another process may have sent it, too
      } catch (failure) {
        if (!(failure instanceof Refused)) {
          throw failure;
        }
        this.#log(`${name} was refused and is put aside: ${failure.message}`);
        await rename(path, `${path}.refused`).catch(ignoreAbsent);
      }
    }
  }

  async #kept() {
    const names = (await readdir(this.#waiting).catch(ignoreAbsent)) ?? [];
    const kept = [];
    for (const name of names.filter((each) => each.endsWith(".json")).sort()) {
      const text = await readFile(join(this.#waiting, name), "utf8").catch(ignoreAbsent);
      if (text !== undefined) {
        kept.push([name, JSON.parse(text)]);
      }
    }
    return kept;
  }

  /** Does it, or says that it has to wait; after that nobody waits again for a while. */
  async #reached(work) {
    if (Date.now() < this.#awayUntil) {
      return;
    }
    try {
      await work();
    } catch (failure) {
      if (!(failure instanceof Unreachable)) {
        throw failure;
      }
      this.#awayUntil = Date.now() + AWAY_MILLIS;
      this.#log(`Going on with the JSON file, outcomes are kept until the gateway is back: ${failure.message}`);
    }
  }
}

function added(stats, { success, timeout, tokensUsed, costUsd, timestamp }) {
  return {
    ...stats,
    successes: stats.successes + (success ? 1 : 0),
    failures: stats.failures + (success ? 0 : 1),
    timeouts: (stats.timeouts ?? 0) + (timeout ? 1 : 0),
    totalTokens: (stats.totalTokens ?? 0) + tokensUsed,
    totalCost: (stats.totalCost ?? 0) + costUsd,
    lastUsed: timestamp,
  };
}

/** On the disk whole, or not at all. */
async function writeWhole(path, text) {
  const draft = `${path}.${randomUUID()}.tmp`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

function ignoreAbsent(failure) {
  if (failure.code !== "ENOENT") {
    throw failure;
  }
}
