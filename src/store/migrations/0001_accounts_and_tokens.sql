-- Times are microseconds since 1970, UTC. Flags are 0 or 1. Secrets are MACs or sealed, never clear.

-- Where ids come from: a row a kind, so that both engines number alike.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    n BIGINT NOT NULL
);
INSERT INTO counter (name, n) VALUES ('user', 0), ('organization', 0), ('member', 0), ('change', 0);

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL, -- lower case: what sign-in compares
    username TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    phone TEXT NOT NULL,
    avatar TEXT NOT NULL,
    password TEXT NOT NULL, -- argon2id, or Django's form until the first sign-in; '' and '!…' fit nothing
    is_active SMALLINT NOT NULL,
    active_organization_id BIGINT,
    allow_newsletters SMALLINT,
    custom_hotkeys TEXT NOT NULL,
    date_joined BIGINT NOT NULL,
    last_activity BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email_folded);
CREATE INDEX users_organization ON users (active_organization_id);

CREATE TABLE organizations (
    id BIGINT PRIMARY KEY,
    title TEXT NOT NULL,
    invitation TEXT NOT NULL,
    contact_info TEXT,
    created_by BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX organizations_invitation ON organizations (invitation);

CREATE TABLE members (
    id BIGINT PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    role SMALLINT NOT NULL, -- 1 member, 2 administrator, 3 owner
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX members_of_user ON members (user_id, organization_id);
CREATE INDEX members_of_organization ON members (organization_id, user_id);

CREATE TABLE token_settings (
    organization_id BIGINT PRIMARY KEY REFERENCES organizations (id),
    api_tokens_enabled SMALLINT NOT NULL,
    legacy_api_tokens_enabled SMALLINT NOT NULL,
    direct_pat_enabled SMALLINT NOT NULL,
    api_token_ttl_days BIGINT NOT NULL,
    max_tokens_per_user BIGINT NOT NULL, -- 0: no limit
    updated_at BIGINT NOT NULL
);

-- Personal access tokens by what they claim; the signature is not kept.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY, -- the claim jti
    token_key BIGINT NOT NULL, -- the first 8 bytes of SHA-256 over id: what access tokens carry
    user_id BIGINT, -- NULL: its user was deleted
    name TEXT NOT NULL,
    holds_name SMALLINT NOT NULL, -- 1 while no other token of the user may have the name
    kid TEXT NOT NULL, -- the key that signed it; '' for Label Studio's
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    unsigned_text TEXT -- header.payload of an imported token that we would write otherwise
);
CREATE UNIQUE INDEX tokens_name ON tokens (user_id, name) WHERE holds_name = 1;
CREATE INDEX tokens_of_user ON tokens (user_id, created_at, id);
CREATE INDEX tokens_key ON tokens (token_key);

CREATE TABLE legacy_tokens (
    user_id BIGINT PRIMARY KEY REFERENCES users (id),
    mac BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX legacy_tokens_mac ON legacy_tokens (mac);

CREATE TABLE sessions (
    mac BYTEA PRIMARY KEY, -- of the cookie's value
    user_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    is_persistent SMALLINT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_end ON sessions (expires_at);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY, -- '' for Label Studio's SECRET_KEY
    algorithm TEXT NOT NULL,
    state SMALLINT NOT NULL, -- 1 next, 2 current, 3 retiring, 4 retired
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- What other hosts must forget, in the order of commits.
CREATE TABLE changes (
    number BIGINT PRIMARY KEY,
    kind SMALLINT NOT NULL, -- 1 user, 2 organization, 3 token
    owner_key BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX changes_at ON changes (at);
