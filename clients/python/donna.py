"""donna's data access on the gateway: the seventeen operations of its plan, each a call or two."""

import os
import time

from changeover import Refused, now


class DonnaDataAccess:
    def __init__(self, gateway):
        self.gateway = gateway
        self.pending = None

    # --- users

    def create_user(self, user):
        user = {"id": _id(), "created_at": now(), "updated_at": now(), **user}
        self.gateway.create("users", user)
        return user["id"]

    def get_user_by_id(self, user_id):
        return self.gateway.get("users", [user_id])

    def get_user_by_clerk_id(self, clerk_id):
        found, _ = self.gateway.page("users", limit=1, clerk_id=clerk_id)
        return found[0] if found else None

    def update_user(self, user_id, updates):
        return self._patch("users", {"id": user_id}, {**updates, "updated_at": now()})

    # --- chats

    def create_chat_session(self, chat_id, user_id, metadata):
        head = {"id": _id(), "chat_id": chat_id, "user_id": user_id, "metadata": metadata, "message_count": 0}
        self._put("chat_sessions", {"chat_id": chat_id}, {**head, "created_at": now(), "updated_at": now()})
        return head["id"]

    def get_chat_session(self, chat_id):
        return self.gateway.get("chat_sessions", [chat_id])

    def update_chat_session(self, chat_id, updates):
        return self._patch("chat_sessions", {"chat_id": chat_id}, {**updates, "updated_at": now()})

    # --- messages

    def add_message(self, chat_id, role, content, metadata):
        """The next number is the one that nobody has taken: of two that add at once one is told 409 and tries the next."""
        number = self.gateway.get("chat_sessions", [chat_id])["message_count"] + 1
        message = {"id": _id(), "role": role, "content": content, "metadata": metadata, "created_at": now()}
        while True:
            try:
                self.gateway.create("messages", {"chat_id": chat_id, "sequence_number": number, **message})
                break
            except Refused as refused:
                if refused.status != 409:
                    raise
                number += 1
        self.update_chat_session(chat_id, {"message_count": number, "last_message_at": message["created_at"]})
        return message["id"]

    def get_chat_history(self, chat_id, limit=20, offset=0):
        history = []
        for position, message in enumerate(self.gateway.each("messages", chat_id=chat_id)):
            if position >= offset + limit:
                break
            if position >= offset:
                history.append(message)
        return history

    def get_message_count(self, chat_id):
        return sum(1 for _ in self.gateway.each("messages", chat_id=chat_id))

    # --- memory

    def set_user_memory(self, user_id, memory_type, key, value):
        names = {"user_id": user_id, "memory_type": memory_type, "key": key}
        self._put("user_memory", names, {"value": value, "created_at": now()})
        return True

    def get_user_memory(self, user_id, memory_type, key=None):
        if key is not None:
            entry = self.gateway.get("user_memory", [user_id, memory_type, key])
            return {} if entry is None else {key: entry["value"]}
        entries = self.gateway.each("user_memory", user_id=user_id, memory_type=memory_type)
        return {entry["key"]: entry["value"] for entry in entries}

    def delete_user_memory(self, user_id, memory_type, key=None):
        names = self.get_user_memory(user_id, memory_type) if key is None else [key]
        lines = [
            {"op": "delete", "entity": "user_memory", "key": {"user_id": user_id, "memory_type": memory_type, "key": name}}
            for name in names
        ]
        if self.pending is not None:
            self.pending += lines
        elif lines:
            self.gateway.batch(lines)
        return True

    # --- several at once

    def begin_transaction(self):
        """From here on puts, patches and deletes are kept back; reads still see what was there before."""
        self.pending = []
        return True

    def commit(self):
        """All of them are on the log together or none is. What both sides could never take is refused here, before any is written."""
        lines, self.pending = self.pending, None
        results = self.gateway.batch(lines) if lines else []
        return all(result["status"] < 300 for result in results)

    def rollback(self):
        self.pending = None
        return True

    def health_check(self):
        ready, words = self.gateway.health()
        return {"status": "healthy" if ready else "unhealthy", "details": words}

    # --- below them

    def _put(self, entity, key, fields):
        if self.pending is not None:
            self.pending.append({"op": "put", "entity": entity, "key": key, "fields": fields})
        else:
            self.gateway.put(entity, list(key.values()), fields)

    def _patch(self, entity, key, changes):
        if self.pending is not None:
            self.pending.append({"op": "patch", "entity": entity, "key": key, "fields": changes})
            return True
        try:
            self.gateway.patch(entity, list(key.values()), changes)
            return True
        except Refused as refused:
            if refused.status == 404:
                return False
            raise


def _id():
    """As PHP's uniqid and 16 hexadecimal digits."""
    return "%x.%08d_%s" % (int(time.time() * 1e6), int.from_bytes(os.urandom(3), "big"), os.urandom(8).hex())
