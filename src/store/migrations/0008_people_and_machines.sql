-- Machines' accounts, and invitations that end.
ALTER TABLE users ADD COLUMN is_service SMALLINT NOT NULL DEFAULT 0; -- no password, no session
ALTER TABLE users ADD COLUMN owner_user_id BIGINT; -- of a service account: who answers for it
ALTER TABLE users ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN must_change_password SMALLINT NOT NULL DEFAULT 0; -- a generated one

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    mac BYTEA NOT NULL, -- of the secret in the link
    email TEXT NOT NULL, -- '': for anybody who has the link
    role SMALLINT NOT NULL,
    created_by BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    used_by BIGINT,
    revoked_at BIGINT
);
CREATE INDEX users_service ON users (id) WHERE is_service = 1;
CREATE INDEX users_owner ON users (owner_user_id) WHERE owner_user_id IS NOT NULL;
CREATE INDEX members_present ON members (organization_id, created_at, user_id) WHERE removed_at IS NULL;

CREATE UNIQUE INDEX invitations_mac ON invitations (mac);
CREATE INDEX invitations_organization ON invitations (organization_id, created_at);

-- The orders in which an administrator looks through everybody's tokens.
CREATE INDEX tokens_by_name ON tokens (name, id);
CREATE INDEX tokens_by_end ON tokens (expires_at, id);
CREATE INDEX usage_last ON usage (last_at, token_key);
