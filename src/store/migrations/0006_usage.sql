-- What tokens did. A legacy token has a key too, made from its user's id (service/usage.h).
CREATE TABLE usage (
    token_key BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL, -- whose the token is
    is_legacy SMALLINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    requests BIGINT NOT NULL
);
CREATE INDEX usage_of_user ON usage (user_id);
-- Only for tokens that have a row above. Old days are deleted in the order of keys: no index by day.
CREATE TABLE usage_days (
    token_key BIGINT NOT NULL,
    day BIGINT NOT NULL, -- days since 1970, UTC
    requests BIGINT NOT NULL,
    PRIMARY KEY (token_key, day)
);
-- The same by organization, so that a picture of the last weeks reads few rows.
CREATE TABLE usage_organization_days (
    organization_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    PRIMARY KEY (organization_id, day)
);
CREATE INDEX usage_organization_days_day ON usage_organization_days (day);
