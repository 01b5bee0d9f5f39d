"""Which store an application uses, by its environment: its own files, or the gateway.

    DATA_STORAGE_TYPE            file (unless set), postgresql or sqlite
    USE_SQLITE                   true is DATA_STORAGE_TYPE=sqlite, false is file; both may be set if they agree
    MIGRATION_ENABLE_DUAL_WRITE  true: through the gateway, which writes both sides, although the type is file
    CHANGEOVER_DATA_DIR          where endpoint.json is, .changeover unless set
"""

import os

from changeover import Gateway

WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False, "": None}
TYPES = ("file", "postgresql", "sqlite")


def storage(migration, files, environ=os.environ):
    """`files` makes the application's own store. Ask anew for each unit of work, and a changed variable counts from then on."""
    kind = environ.get("DATA_STORAGE_TYPE") or None
    if kind is not None and kind not in TYPES:
        raise ValueError('Invalid DATA_STORAGE_TYPE "%s": %s' % (kind, ", ".join(TYPES)))
    sqlite = _boolean(environ, "USE_SQLITE")
    if sqlite is not None and kind is not None and sqlite != (kind == "sqlite"):
        raise ValueError("Invalid USE_SQLITE: it says something else than DATA_STORAGE_TYPE=%s; set one of them" % kind)
    if kind is None:
        kind = "sqlite" if sqlite else "file"
    if kind == "file" and not _boolean(environ, "MIGRATION_ENABLE_DUAL_WRITE"):
        return files()
    return Gateway(migration, data_dir=environ.get("CHANGEOVER_DATA_DIR") or ".changeover")


def _boolean(environ, name):
    text = environ.get(name, "").strip().lower()
    if text not in WORDS:
        raise ValueError('Invalid %s "%s": true or false' % (name, environ[name]))
    return WORDS[text]
