-- What an import last saw of each row of Label Studio's database: tells a change there from one here.
CREATE TABLE imported (
    kind SMALLINT NOT NULL, -- 1 the database itself, 2 organization, 3 invitation, 4 settings, 5 user, 6 removed member
    id BIGINT NOT NULL,
    fingerprint BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
