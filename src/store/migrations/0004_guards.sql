-- What a token may do, from where, and what it descends from.
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'all'; -- names, one space apart, sorted
ALTER TABLE tokens ADD COLUMN allowed_ips TEXT NOT NULL DEFAULT ''; -- networks, one space apart; '': anywhere
ALTER TABLE tokens ADD COLUMN made_by BIGINT; -- the user who made it; NULL: its own user, or the operator
ALTER TABLE tokens ADD COLUMN family TEXT; -- the id of the first of a chain of rotations; NULL: its own
ALTER TABLE tokens ADD COLUMN replaced_by TEXT; -- the id of its successor
ALTER TABLE tokens ADD COLUMN grace_until BIGINT; -- replaced, it works until then
ALTER TABLE tokens ADD COLUMN ended_why SMALLINT; -- of revoked_at; see store/tokens.h
ALTER TABLE tokens ADD COLUMN ended_by BIGINT; -- the user who ended it; NULL: nobody, or the operator
ALTER TABLE tokens ADD COLUMN dead_used_at BIGINT; -- when it was first shown after its end
ALTER TABLE tokens ADD COLUMN warned_days SMALLINT; -- the last warning of its end: 14, 3, 1, 0 days before
CREATE INDEX tokens_family ON tokens (family) WHERE family IS NOT NULL;
CREATE INDEX tokens_created ON tokens (created_at, id);
CREATE INDEX tokens_end ON tokens (expires_at) WHERE revoked_at IS NULL;

ALTER TABLE token_settings ADD COLUMN require_expiry SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE token_settings ADD COLUMN allowed_ips TEXT NOT NULL DEFAULT '';

-- Answers to be given again for the same Idempotency-Key.
CREATE TABLE idempotent_answers (
    user_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL, -- of method, path and body
    status SMALLINT NOT NULL, -- 0: the first request is still under way
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotent_answers_age ON idempotent_answers (created_at);
