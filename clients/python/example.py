"""One user's life, in the store that the environment names: python3 example.py USER_ID. Prints what it saw as one JSON document."""

import json
import os
import sys

from changeover import Gateway, Refused, now
from storage import storage


class UserFiles:
    """How the application did it before: a file for each user below DONNA_ROOT."""

    def __init__(self):
        self.folder = os.path.join(os.environ["DONNA_ROOT"], "data", "users")

    def put(self, entity, key, fields):
        with open(os.path.join(self.folder, key[0] + ".json"), "w", encoding="utf-8") as file:
            json.dump({"id": key[0], **fields}, file, indent=4)

    def get(self, entity, key):
        with open(os.path.join(self.folder, key[0] + ".json"), encoding="utf-8") as file:
            return json.load(file)


def main(user):
    store = storage("donna", files=UserFiles)
    born = {"email": user + "@example.com", "profile": {"language": "en", "theme": "dark"}, "created_at": now(), "updated_at": now()}
    if not isinstance(store, Gateway):
        store.put("users", [user], born)
        return {"store": "files", "email": store.get("users", [user])["email"]}
    seen = {"store": "gateway", "primary": store.primary()}
    first = store.put("users", [user], born, wait="both", idempotency_key=user + "-1")
    again = store.put("users", [user], born, wait="both", idempotency_key=user + "-1")
    seen["applied"] = first["applied"]
    seen["same_write"] = first["offset"] == again["offset"]
    store.patch("users", [user], {"name": "Ada / Ω", "profile": {"theme": None}})
    changed = store.get("users", [user])
    seen["name"], seen["profile"] = changed["name"], changed["profile"]
    found, _ = store.page("users", limit=2, email=user + "@example.com")
    seen["found"] = [each["id"] for each in found]
    names = [{"user_id": user, "memory_type": "notes", "key": "a/%d" % n} for n in (1, 2, 3)]
    put = [{"op": "put", "entity": "user_memory", "key": name, "fields": {"value": [name["key"]], "created_at": now()}} for name in names]
    seen["batch"] = [line["status"] for line in store.batch(put, wait="both")]
    seen["memory"] = [entry["key"] for entry in store.each("user_memory", user_id=user)]
    try:
        store.put("users", [user], {"email": 7})
    except Refused as refused:
        seen["refused"] = refused.status
    store.delete("user_memory", [user, "notes", "a/1"])
    seen["left"] = [entry["key"] for entry in store.each("user_memory", user_id=user)]
    store.delete("users", [user], wait="both")
    seen["deleted"] = store.get("users", [user]) is None
    return seen


print(json.dumps(main(sys.argv[1])))
