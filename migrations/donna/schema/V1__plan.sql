-- The five tables and their indexes as donna's plan states them. Its full-text index, a "future enhancement",
-- is in ../optional.

CREATE TABLE users (
    id             UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clerk_id       VARCHAR(255) UNIQUE,
    email          VARCHAR(255),
    name           VARCHAR(255),
    profile        JSONB DEFAULT '{}',
    preferences    JSONB DEFAULT '{}',
    created_at     TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at     TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    last_active_at TIMESTAMP WITH TIME ZONE,
    status         VARCHAR(50) DEFAULT 'active'
);
CREATE INDEX idx_users_clerk_id ON users (clerk_id);
CREATE INDEX idx_users_email    ON users (email);
CREATE INDEX idx_users_status   ON users (status);

CREATE TABLE chat_sessions (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    chat_id         VARCHAR(255) UNIQUE NOT NULL,
    user_id         UUID REFERENCES users (id) ON DELETE SET NULL,
    title           VARCHAR(255),
    profile         VARCHAR(50) DEFAULT 'general',
    metadata        JSONB DEFAULT '{}',
    created_at      TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at      TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    last_message_at TIMESTAMP WITH TIME ZONE,
    message_count   INTEGER DEFAULT 0,
    status          VARCHAR(50) DEFAULT 'active'
);
CREATE INDEX idx_chat_sessions_chat_id      ON chat_sessions (chat_id);
CREATE INDEX idx_chat_sessions_user_id      ON chat_sessions (user_id);
CREATE INDEX idx_chat_sessions_profile      ON chat_sessions (profile);
CREATE INDEX idx_chat_sessions_status       ON chat_sessions (status);
CREATE INDEX idx_chat_sessions_last_message ON chat_sessions (last_message_at);

CREATE TABLE messages (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    chat_session_id UUID NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
    role            VARCHAR(50) NOT NULL,            -- user | assistant | system
    content         TEXT NOT NULL,
    metadata        JSONB DEFAULT '{}',
    created_at      TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    sequence_number INTEGER NOT NULL,
    token_count     INTEGER,
    abuse_flagged   BOOLEAN DEFAULT FALSE
);
CREATE INDEX idx_messages_chat_session  ON messages (chat_session_id);
CREATE INDEX idx_messages_role          ON messages (role);
CREATE INDEX idx_messages_sequence      ON messages (chat_session_id, sequence_number);
CREATE INDEX idx_messages_created_at    ON messages (created_at);
CREATE INDEX idx_messages_abuse_flagged ON messages (abuse_flagged);

CREATE TABLE user_memory (
    id          UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id     UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    memory_type VARCHAR(100) NOT NULL,               -- profile | preferences | context
    key         VARCHAR(255) NOT NULL,
    value       JSONB NOT NULL,
    created_at  TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at  TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    expires_at  TIMESTAMP WITH TIME ZONE,
    UNIQUE (user_id, memory_type, key)
);
CREATE INDEX idx_user_memory_user_id ON user_memory (user_id);
CREATE INDEX idx_user_memory_type    ON user_memory (memory_type);
CREATE INDEX idx_user_memory_expires ON user_memory (expires_at);

-- "Optional"; the plan notes partitioning by date for performance.
CREATE TABLE system_logs (
    id          UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    level       VARCHAR(20) NOT NULL,
    message     TEXT NOT NULL,
    context     JSONB DEFAULT '{}',
    trace_id    VARCHAR(255),
    ip_address  INET,
    user_agent  TEXT,
    request_uri TEXT,
    created_at  TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE INDEX idx_system_logs_level      ON system_logs (level);
CREATE INDEX idx_system_logs_trace_id   ON system_logs (trace_id);
CREATE INDEX idx_system_logs_created_at ON system_logs (created_at);

-- Composite indexes
CREATE INDEX idx_messages_chat_recent      ON messages (chat_session_id, created_at DESC);
CREATE INDEX idx_chat_sessions_user_recent ON chat_sessions (user_id, last_message_at DESC);
CREATE INDEX idx_user_memory_lookup        ON user_memory (user_id, memory_type, key);
