-- What people are to be told, one row a case, derived from the case as it is: deriving it again gives the same row.
-- It names no person: who is to be told, and by which telephone, stands in the case.

CREATE SCHEMA intake;
COMMENT ON SCHEMA intake IS 'What applicants are to be told of their cases.';

CREATE TABLE intake.notification (
    "case"     uuid PRIMARY KEY,
    office     text NOT NULL,
    entered_in text NOT NULL,
    version    bigint NOT NULL,
    kind       text CHECK (kind IN ('lengkapi', 'siap_diambil', 'ditolak', 'dikembalikan', 'aktif', 'berakhir')),
    since      timestamptz,
    told_at    timestamptz,
    CHECK ((kind IS NULL) = (since IS NULL)),
    CHECK (told_at IS NULL OR kind IS NOT NULL)
);
COMMENT ON COLUMN intake.notification.entered_in IS 'The office or kelurahan in which the application was entered.';
COMMENT ON COLUMN intake.notification.version IS 'Of the case from which the row was derived.';
COMMENT ON COLUMN intake.notification.kind IS 'The most telling that the case has come to; null: there is nothing to tell.';
COMMENT ON COLUMN intake.notification.told_at IS 'When an official recorded that the applicant had been told of it.';
CREATE INDEX notification_newest ON intake.notification (office, since) WHERE kind IS NOT NULL;

-- Up to where the event store has been read for it, and in which epoch; null: it was never begun.
CREATE TABLE intake.progress (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch    uuid,
    position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO intake.progress DEFAULT VALUES;

-- Keeps what was derived of a case, unless it is kept as of a later version; what another epoch says is not kept.
CREATE FUNCTION intake.keep(
    p_epoch uuid, p_case uuid, p_office text, p_entered_in text, p_version bigint, p_kind text, p_since timestamptz, p_told_at timestamptz
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO intake.notification AS n ("case", office, entered_in, version, kind, since, told_at)
    SELECT p_case, p_office, p_entered_in, p_version, p_kind, p_since, p_told_at
    FROM intake.progress WHERE epoch = p_epoch FOR SHARE
    ON CONFLICT ("case") DO UPDATE SET version = excluded.version, kind = excluded.kind, since = excluded.since,
        told_at = excluded.told_at
    WHERE n.version <= excluded.version
$$;

-- Up to where the event store has been read. In another epoch than the one it was begun in, all is derived again: a lost
-- event may have borne a version that another bears now.
CREATE FUNCTION intake.resume(OUT epoch uuid, OUT "position" bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_epoch uuid := (SELECT e.epoch FROM es.current_epoch() AS e);
BEGIN
    UPDATE intake.progress SET epoch = v_epoch, position = 0 WHERE epoch IS DISTINCT FROM v_epoch;
    IF FOUND THEN
        DELETE FROM intake.notification;
    END IF;
    SELECT p.epoch, p.position INTO epoch, position FROM intake.progress AS p;
END $$;

CREATE FUNCTION intake.reached(p_epoch uuid, p_position bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE intake.progress SET position = p_position WHERE epoch = p_epoch AND position < p_position
$$;

GRANT USAGE ON SCHEMA intake TO jejak_intake;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA intake TO jejak_intake;
GRANT SELECT ON intake.notification TO jejak_intake;
