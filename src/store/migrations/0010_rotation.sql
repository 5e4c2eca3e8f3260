-- A token that was shortened, or took another's place.
ALTER TABLE tokens ADD COLUMN claimed_end BIGINT; -- what a PAT says of itself, where its end came earlier
ALTER TABLE tokens ADD COLUMN rotated_from TEXT; -- the id of the one whose place it took

-- A lower limit that has not reached every token of the organization yet.
ALTER TABLE token_settings ADD COLUMN shorten_to BIGINT; -- no older token may live longer; NULL: all is done
ALTER TABLE token_settings ADD COLUMN shortened BIGINT NOT NULL DEFAULT 0; -- … and how many were changed so far
