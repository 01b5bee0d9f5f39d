// Which store an application uses, by its environment: its own files, or the gateway.
//
//     DATA_STORAGE_TYPE            file (unless set), postgresql or sqlite
//     USE_SQLITE                   true is DATA_STORAGE_TYPE=sqlite, false is file; both may be set if they agree
//     MIGRATION_ENABLE_DUAL_WRITE  true: through the gateway, which writes both sides, although the type is file
//     CHANGEOVER_DATA_DIR          where endpoint.json is, .changeover unless set

import { Gateway } from "./changeover.mjs";

const TYPES = ["file", "postgresql", "sqlite"];
const WORDS = { true: true, 1: true, yes: true, on: true, false: false, 0: false, no: false, off: false, "": null };

/** `files` makes the application's own store. Ask anew for each unit of work, and a changed variable counts from then on. */
export function storage(migration, files, environ = process.env) {
  let kind = environ.DATA_STORAGE_TYPE || null;
  if (kind !== null && !TYPES.includes(kind)) {
    throw new Error(`Invalid DATA_STORAGE_TYPE "${kind}": ${TYPES.join(", ")}`);
  }
  const sqlite = boolean(environ, "USE_SQLITE");
  if (sqlite !== null && kind !== null && sqlite !== (kind === "sqlite")) {
    throw new Error(`Invalid USE_SQLITE: it says something else than DATA_STORAGE_TYPE=${kind}; set one of them`);
  }
  kind ??= sqlite ? "sqlite" : "file";
  if (kind === "file" && !boolean(environ, "MIGRATION_ENABLE_DUAL_WRITE")) {
    return files();
  }
  return new Gateway(migration, { dataDir: environ.CHANGEOVER_DATA_DIR || ".changeover" });
}

function boolean(environ, name) {
  const text = (environ[name] ?? "").trim().toLowerCase();
  if (!Object.hasOwn(WORDS, text)) {
    throw new Error(`Invalid ${name} "${environ[name]}": true or false`);
  }
  return WORDS[text];
}
