-- What refers to something that is not there. The application leaves such references behind, and so they have no foreign keys.

CREATE VIEW dangling_references AS
SELECT 'conversations' AS in_table, id AS row_id, 'user_id' AS in_column, user_id AS refers_to
  FROM conversations c WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = c.user_id)
UNION ALL
SELECT 'conversations', id, 'project_id', project_id
  FROM conversations c WHERE project_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.id = c.project_id)
UNION ALL
SELECT 'messages', CAST(id AS TEXT), 'user_id', user_id
  FROM messages m WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = m.user_id)
UNION ALL
SELECT 'projects', id, 'user_id', user_id
  FROM projects p WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = p.user_id)
UNION ALL
SELECT 'self_observations', id, 'source_conversation_id', source_conversation_id
  FROM self_observations o WHERE source_conversation_id IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = o.source_conversation_id)
UNION ALL
SELECT 'roadmap_items', id, 'project_id', project_id
  FROM roadmap_items r WHERE project_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.id = r.project_id)
UNION ALL
SELECT 'roadmap_items', id, 'source_conversation_id', source_conversation_id
  FROM roadmap_items r WHERE source_conversation_id IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = r.source_conversation_id)
UNION ALL
SELECT 'roadmap_links', CAST(id AS TEXT), 'target_id', target_id
  FROM roadmap_links l WHERE NOT EXISTS (SELECT 1 FROM roadmap_items i WHERE i.id = l.target_id)
UNION ALL
SELECT 'goals', id, 'parent_id', parent_id
  FROM goals g WHERE parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM goals p WHERE p.id = g.parent_id)
UNION ALL
SELECT 'calendar_events', id, 'user_id', user_id
  FROM calendar_events e WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = e.user_id)
UNION ALL
SELECT 'tasks', id, 'user_id', user_id
  FROM tasks t WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = t.user_id)
UNION ALL
SELECT 'rhythm_records', CAST(id AS TEXT), 'phase_id', phase_id
  FROM rhythm_records r WHERE NOT EXISTS (SELECT 1 FROM rhythm_phases p WHERE p.id = r.phase_id);
