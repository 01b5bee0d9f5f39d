"""hominem's three operations: python3 hominem_example.py. Prints what each gave as one JSON document."""

import json
import os

from changeover import Gateway
from hominem import HominemDataAccess


def main():
    gateway = Gateway("hominem", data_dir=os.environ.get("CHANGEOVER_DATA_DIR", ".changeover"))
    hominem = HominemDataAccess(gateway)
    inserted = hominem.insert_conversation("Hello", "Hi", {"category": "greeting", "tags": ["a"]})
    labeled = hominem.get_labeled_conversations(start_date="2025-12-10", min_emotion_labels=1, limit=1000)
    return {
        "inserted": gateway.get("conversations", [inserted]),
        "labeled": [[each["conversation_id"], each["emotion_labels"]] for each in labeled],
        "distribution": [
            [each["day"], each["labeler"], each["labels"], each["valence"]] for each in hominem.get_emotion_distribution()
        ],
    }


print(json.dumps(main()))
