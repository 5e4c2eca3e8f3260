-- Who is told of what, and what is still to be told.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    url TEXT NOT NULL,
    events TEXT NOT NULL, -- names, one space apart; '*': all
    description TEXT NOT NULL,
    sealed BYTEA NOT NULL, -- the signing secret
    is_enabled SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by BIGINT,
    failing_since BIGINT
);
CREATE INDEX webhooks_organization ON webhooks (organization_id);
CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY, -- the header webhook-id, the same at each attempt
    webhook_id TEXT NOT NULL REFERENCES webhooks (id),
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    attempted_at BIGINT, -- the last of them
    next_at BIGINT, -- NULL: delivered, or given up
    delivered_at BIGINT,
    status BIGINT, -- of the last answer
    problem TEXT NOT NULL -- of the last attempt
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);
CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook_id, created_at);
