-- When applicants are reminded of a follow-up: instants to come, known since the follow-up began. A row of its own for each,
-- because no event comes at that time from which the row of a case would be derived anew.

CREATE TABLE intake.reminder (
    "case"     uuid NOT NULL REFERENCES intake.notification ON DELETE CASCADE,
    office     text NOT NULL,
    entered_in text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY ("case", at)
);
COMMENT ON COLUMN intake.reminder.at IS 'The opening of the office from which the applicant is to be reminded.';
CREATE INDEX reminder_newest ON intake.reminder (office, at);

ALTER TABLE intake.notification DROP CONSTRAINT notification_kind_check;
ALTER TABLE intake.notification ADD CONSTRAINT notification_kind_check CHECK (
    kind IN ('lengkapi', 'siap_diambil', 'ditolak', 'dikembalikan', 'aktif', 'berakhir', 'ingatkan', 'selesai'));

-- As `intake.keep`, which processes of the release before call, with the reminders of the case.
CREATE FUNCTION intake.keep_with_reminders(
    p_epoch uuid, p_case uuid, p_office text, p_entered_in text, p_version bigint, p_kind text, p_since timestamptz, p_told_at timestamptz,
    p_reminders timestamptz[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM es.check_arrays(es.is_flat(p_reminders, cardinality(p_reminders)));
    INSERT INTO intake.notification AS n ("case", office, entered_in, version, kind, since, told_at)
    SELECT p_case, p_office, p_entered_in, p_version, p_kind, p_since, p_told_at
    FROM intake.progress WHERE epoch = p_epoch FOR SHARE
    ON CONFLICT ("case") DO UPDATE SET version = excluded.version, kind = excluded.kind, since = excluded.since,
        told_at = excluded.told_at
    WHERE n.version <= excluded.version;
    IF FOUND THEN
        DELETE FROM intake.reminder WHERE "case" = p_case;
        INSERT INTO intake.reminder ("case", office, entered_in, at)
        SELECT p_case, p_office, p_entered_in, r.at FROM (SELECT DISTINCT unnest(p_reminders)) AS r (at);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION intake.keep_with_reminders FROM PUBLIC;
GRANT EXECUTE ON FUNCTION intake.keep_with_reminders TO jejak_intake;
GRANT SELECT ON intake.reminder TO jejak_intake;
