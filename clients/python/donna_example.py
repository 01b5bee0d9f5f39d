"""donna's seventeen operations, one after the other: python3 donna_example.py USER_ID. Prints what each gave as one JSON document."""

import json
import os
import sys

from changeover import Gateway
from donna import DonnaDataAccess


def main(user):
    donna = DonnaDataAccess(Gateway("donna", data_dir=os.environ.get("CHANGEOVER_DATA_DIR", ".changeover")))
    chat = "chat-of-" + user
    gave = {}
    gave["createUser"] = donna.create_user({"id": user, "clerk_id": "clerk_" + user, "name": "Ada", "profile": {"level": 1}})
    gave["getUserById"] = donna.get_user_by_id(user)["name"]
    gave["getUserByClerkId"] = donna.get_user_by_clerk_id("clerk_" + user)["id"]
    gave["updateUser"] = [donna.update_user(user, {"name": "Ada L."}), donna.update_user("nobody-" + user, {"name": "x"})]
    gave["createChatSession"] = len(donna.create_chat_session(chat, user, {"title": "First", "tags": []})) > 20
    gave["getChatSession"] = donna.get_chat_session(chat)["metadata"]
    gave["updateChatSession"] = donna.update_chat_session(chat, {"title": "Second"})
    gave["addMessage"] = [
        len(donna.add_message(chat, role, "message %d" % number, {"n": number})) > 20
        for number, role in enumerate(["user", "assistant", "user", "assistant", "user"], 1)
    ]
    gave["getChatHistory"] = [message["content"] for message in donna.get_chat_history(chat, limit=2, offset=1)]
    gave["getMessageCount"] = [donna.get_message_count(chat), donna.get_chat_session(chat)["message_count"]]
    gave["setUserMemory"] = [donna.set_user_memory(user, "context", key, {"of": key}) for key in ("a/b", "c")]
    gave["getUserMemory"] = [donna.get_user_memory(user, "context", "c"), donna.get_user_memory(user, "context")]
    gave["deleteUserMemory"] = donna.delete_user_memory(user, "context", "c")
    gave["left"] = donna.get_user_memory(user, "context")
    gave["beginTransaction"] = donna.begin_transaction()
    donna.update_user(user, {"name": "Ada in a transaction"})
    donna.set_user_memory(user, "profile", "seen", True)
    gave["before"] = [donna.get_user_by_id(user)["name"], donna.get_user_memory(user, "profile")]
    gave["commit"] = donna.commit()
    gave["after"] = [donna.get_user_by_id(user)["name"], donna.get_user_memory(user, "profile")]
    donna.begin_transaction()
    donna.delete_user_memory(user, "profile", "seen")
    gave["rollback"] = donna.rollback()
    gave["kept"] = donna.get_user_memory(user, "profile")
    gave["healthCheck"] = donna.health_check()["status"]
    return gave


print(json.dumps(main(sys.argv[1])))
