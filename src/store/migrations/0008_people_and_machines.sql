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
CREATE UNIQUE INDEX invitations_mac ON invitations (mac);
CREATE INDEX invitations_organization ON invitations (organization_id, created_at);
