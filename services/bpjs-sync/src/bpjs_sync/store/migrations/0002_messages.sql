-- What is said to BPJS: derived from the ledger, one row a fact, and always derived the same. Clear text names no person;
-- what is personal is sealed under the case's working key, so that forgetting the case forgets it here too.

CREATE TABLE bpjs.message (
    position    bigint PRIMARY KEY,
    id          uuid NOT NULL,
    submission  uuid NOT NULL,
    "case"      uuid NOT NULL,
    office      text NOT NULL,
    name        text NOT NULL,
    sequence    bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    body        text NOT NULL,
    sealed      bytea
);
COMMENT ON COLUMN bpjs.message.position IS 'Of the event it tells of; a cursor that never moves.';
COMMENT ON COLUMN bpjs.message.sequence IS 'Version of the case: grows with every message of a submission.';
COMMENT ON COLUMN bpjs.message.body IS 'The message without its personal part, as JSON.';
CREATE INDEX message_submission ON bpjs.message (submission, position);
CREATE INDEX message_office ON bpjs.message (office, position);
CREATE INDEX message_recorded ON bpjs.message (recorded_at, position);
-- What a case last heard from, or said to, BPJS.
CREATE INDEX message_case ON bpjs.message ("case", position);

-- Up to where it is derived.
CREATE TABLE bpjs.derived (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO bpjs.derived DEFAULT VALUES;

-- Public keys of those who may read what is personal. From `valid_until` on nothing is encrypted to a key any more.
CREATE TABLE bpjs.consumer_key (
    kid         text PRIMARY KEY CHECK (kid <> ''),
    consumer    text NOT NULL CHECK (consumer <> ''),
    jwk         jsonb NOT NULL CHECK (NOT jwk ? 'd'),
    added_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    valid_until timestamptz
);
COMMENT ON COLUMN bpjs.consumer_key.valid_until IS 'Real time, as the key''s owner understands it.';

GRANT SELECT, INSERT, UPDATE ON bpjs.message, bpjs.consumer_key TO jejak_bpjs_sync;
GRANT SELECT, UPDATE ON bpjs.derived TO jejak_bpjs_sync;
