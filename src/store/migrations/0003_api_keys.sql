-- API keys stand beside personal access tokens: one list and one set of names a user.
ALTER TABLE tokens ADD COLUMN kind SMALLINT NOT NULL DEFAULT 1; -- 1 personal access token, 2 API key
ALTER TABLE tokens ADD COLUMN mac BYTEA; -- of an API key
ALTER TABLE tokens ADD COLUMN hint TEXT; -- an API key's first characters, to tell keys apart
CREATE UNIQUE INDEX tokens_mac ON tokens (mac) WHERE mac IS NOT NULL;

ALTER TABLE token_settings ADD COLUMN api_keys_enabled SMALLINT NOT NULL DEFAULT 1;
