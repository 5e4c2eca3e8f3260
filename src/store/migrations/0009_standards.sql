-- Device authorization (RFC 8628), and the ages of signing keys.
CREATE TABLE device_grants (
    device_mac BYTEA PRIMARY KEY, -- of the device code
    user_code TEXT NOT NULL,
    client_name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    state SMALLINT NOT NULL, -- 1 asked, 2 approved, 3 denied, 4 done
    user_id BIGINT, -- who approved or denied
    organization_id BIGINT, -- that he acted in
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    polled_at BIGINT,
    interval_seconds SMALLINT NOT NULL -- between two questions of the device
);
CREATE UNIQUE INDEX device_grants_code ON device_grants (user_code);
CREATE INDEX device_grants_end ON device_grants (expires_at);

ALTER TABLE signing_keys ADD COLUMN changed_at BIGINT; -- when it came into its state
