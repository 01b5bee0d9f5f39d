// One user's life, in the store that the environment names: node example.mjs USER_ID. Prints what it saw as one JSON document.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Gateway, Refused, now } from "./changeover.mjs";
import { storage } from "./storage.mjs";

/** How the application did it before: a file for each user below DONNA_ROOT. */
class UserFiles {
  #file = (key) => join(process.env.DONNA_ROOT, "data", "users", `${key[0]}.json`);

  put(entity, key, fields) {
    return writeFile(this.#file(key), JSON.stringify({ id: key[0], ...fields }, null, 4));
  }

  async get(entity, key) {
    return JSON.parse(await readFile(this.#file(key), "utf8"));
  }
}

async function main(user) {
  const store = storage("donna", () => new UserFiles());
  const born = {
    email: `${user}@example.com`,
    profile: { language: "en", theme: "dark" },
    created_at: now(),
    updated_at: now(),
  };
  if (!(store instanceof Gateway)) {
    await store.put("users", [user], born);
    return { store: "files", email: (await store.get("users", [user])).email };
  }
  const seen = { store: "gateway", primary: await store.primary() };
  const first = await store.put("users", [user], born, { wait: "both", idempotencyKey: `${user}-1` });
  const again = await store.put("users", [user], born, { wait: "both", idempotencyKey: `${user}-1` });
  seen.applied = first.applied;
  seen.same_write = first.offset === again.offset;
  await store.patch("users", [user], { name: "Ada / Ω", profile: { theme: null } });
  const changed = await store.get("users", [user]);
  seen.name = changed.name;
  seen.profile = changed.profile;
  const found = await store.page("users", { limit: 2, email: `${user}@example.com` });
  seen.found = found.records.map((each) => each.id);
  const put = [1, 2, 3].map((n) => ({
    op: "put",
    entity: "user_memory",
    key: { user_id: user, memory_type: "notes", key: `a/${n}` },
    fields: { value: [`a/${n}`], created_at: now() },
  }));
  seen.batch = (await store.batch(put, { wait: "both" })).map((line) => line.status);
  seen.memory = await names(store, user);
  try {
    await store.put("users", [user], { email: 7 });
  } catch (refused) {
    if (!(refused instanceof Refused)) {
      throw refused;
    }
    seen.refused = refused.status;
  }
  await store.delete("user_memory", [user, "notes", "a/1"]);
  seen.left = await names(store, user);
  await store.delete("users", [user], { wait: "both" });
  seen.deleted = (await store.get("users", [user])) === null;
  return seen;
}

async function names(store, user) {
  const names = [];
  for await (const entry of store.each("user_memory", { user_id: user })) {
    names.push(entry.key);
  }
  return names;
}

console.log(JSON.stringify(await main(process.argv[2])));
