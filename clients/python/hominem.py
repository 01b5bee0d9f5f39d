"""hominem's three operations on the gateway."""

import collections
import uuid

AXES = ("valence", "arousal", "dominance", "predictive_discrepancy", "temporal_directionality", "social_broadcast", "confidence")


class HominemDataAccess:
    def __init__(self, gateway):
        self.gateway = gateway

    def insert_conversation(self, prompt, response, metadata):
        """A trajectory; its id. What `metadata` holds becomes members of its line, and stands in the column metadata."""
        conversation_id = str(uuid.uuid4())
        self.gateway.create("conversations", {**metadata, "conversation_id": conversation_id, "prompt": prompt, "response": response})
        return conversation_id

    def get_labeled_conversations(self, start_date=None, min_emotion_labels=1, limit=1000):
        """In key order. Times are UTC texts, which sort as the instants do; trajectories have none, so a start leaves them out."""
        labels = collections.Counter(label["conversation_id"] for label in self.gateway.each("emotion_labels"))
        found = []
        for conversation in self.gateway.each("conversations"):
            count = labels[conversation["conversation_id"]]
            late_enough = start_date is None or (conversation.get("timestamp") or "") >= start_date
            if count >= min_emotion_labels and late_enough:
                found.append({**conversation, "emotion_labels": count})
                if len(found) == limit:
                    break
        return found

    def get_emotion_distribution(self, first_day=None, last_day=None):
        """By day (None for labels without a time) and labeler: how many labels, and the mean of each axis over those that have it."""
        groups = collections.defaultdict(list)
        for label in self.gateway.each("emotion_labels"):
            day = (label.get("label_timestamp") or "")[:10] or None
            if (first_day is None or (day or "") >= first_day) and (last_day is None or (day is not None and day <= last_day)):
                groups[day, label["labeler"]].append(label)
        return [
            {"day": day, "labeler": labeler, "labels": len(labels), **{axis: _mean(labels, axis) for axis in AXES}}
            for (day, labeler), labels in sorted(groups.items(), key=lambda group: (group[0][0] or "", group[0][1]))
        ]


def _mean(labels, axis):
    values = [label[axis] for label in labels if label.get(axis) is not None]
    return sum(values) / len(values) if values else None
