-- What the plan's data access asks for, as views; and the one index that its foreign keys lack.

CREATE INDEX idx_reward_labels_conversation ON reward_labels (conversation_id);

-- get_labeled_conversations(start, min labels, limit): WHERE timestamp >= ? AND emotion_labels >= ? LIMIT ?
CREATE VIEW labeled_conversations AS
SELECT c.*,
       (SELECT count(*) FROM emotion_labels e WHERE e.conversation_id = c.id) AS emotion_labels,
       (SELECT count(*) FROM reward_labels r WHERE r.conversation_id = c.id)  AS reward_labels
FROM conversations c;

-- get_emotion_distribution(range): WHERE day BETWEEN ? AND ?; labels without a time have the day NULL.
CREATE VIEW emotion_distribution AS
SELECT date(label_timestamp) AS day, labeler, count(*) AS labels,
       avg(valence) AS valence, avg(arousal) AS arousal, avg(dominance) AS dominance,
       avg(predictive_discrepancy) AS predictive_discrepancy, avg(temporal_directionality) AS temporal_directionality,
       avg(social_broadcast) AS social_broadcast, avg(confidence) AS confidence
FROM emotion_labels
GROUP BY day, labeler;

-- What a session was: WHERE session_id = ?
CREATE VIEW session_scores AS
SELECT c.session_id, count(*) AS answers, min(c.timestamp) AS first, max(c.timestamp) AS last,
       avg(c.response_time_ms) AS response_time_ms, avg(r.empathy) AS empathy, avg(r.safety_score) AS safety_score
FROM conversations c
LEFT JOIN reward_labels r ON r.conversation_id = c.id
WHERE c.session_id IS NOT NULL
GROUP BY c.session_id;
