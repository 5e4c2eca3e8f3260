-- A token that was shortened, or took another's place.
ALTER TABLE tokens ADD COLUMN claimed_end BIGINT; -- what a PAT says of itself, where its end came earlier
ALTER TABLE tokens ADD COLUMN rotated_from TEXT; -- the id of the one whose place it took

-- A lower limit that has not reached every token of the organization yet.
ALTER TABLE token_settings ADD COLUMN shorten_to BIGINT; -- no older token may live longer; NULL: all is done
ALTER TABLE token_settings ADD COLUMN shortened BIGINT NOT NULL DEFAULT 0; -- … and how many were changed so far

CREATE INDEX token_settings_shortening ON token_settings (organization_id) WHERE shorten_to IS NOT NULL;

-- In order within an organization: for work on its users, some at a time.
DROP INDEX users_organization;
CREATE INDEX users_organization ON users (active_organization_id, id);
