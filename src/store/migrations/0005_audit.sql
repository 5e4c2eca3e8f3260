-- What happened, in order, each entry sealed to the one before.
CREATE TABLE audit_head (
    id SMALLINT PRIMARY KEY, -- 1
    number BIGINT NOT NULL, -- of the last entry
    mac BYTEA NOT NULL, -- … and its MAC; empty: none yet
    seal BYTEA NOT NULL -- over both: nobody without the master key moves the head back to an older entry
);
INSERT INTO audit_head (id, number, mac, seal) VALUES (1, 0, '', '');
CREATE TABLE audit_events (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    event TEXT NOT NULL, -- "token.created"
    organization_id BIGINT, -- NULL: of none
    actor_kind TEXT NOT NULL, -- user, service_account, operator, system, anonymous
    actor_id BIGINT,
    actor_name TEXT NOT NULL,
    credential TEXT NOT NULL, -- the kind of the credential used
    credential_id TEXT NOT NULL, -- its token's id
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    subject_kind TEXT NOT NULL, -- what it happened to: token, user, organization, session, key, webhook, …
    subject_id TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    subject_user_id BIGINT, -- whose it is
    details TEXT NOT NULL, -- a JSON object: before and after
    mac BYTEA NOT NULL -- over the fields and the MAC of the entry before
);
-- The one index: every entry pays for each. Other filters are looked at along it.
CREATE INDEX audit_events_organization ON audit_events (organization_id, number);
