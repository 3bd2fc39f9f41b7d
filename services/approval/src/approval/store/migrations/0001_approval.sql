-- Which cases wait for approval: for which of its tasks, and whose turn it is. Derived from what the events of a case say
-- is due after them, and kept by the case's version: what is said twice, late or out of order changes nothing.

CREATE SCHEMA approval;
COMMENT ON SCHEMA approval IS 'What waits for a disposition, a review, an approval or a paraf.';

CREATE TABLE approval.waiting (
    "case"  uuid NOT NULL,
    slot    text NOT NULL,
    office  text NOT NULL,
    langkah text NOT NULL,
    tugas   text NOT NULL,
    who     text NOT NULL,
    since   timestamptz NOT NULL,
    PRIMARY KEY ("case", slot)
);
COMMENT ON COLUMN approval.waiting.who IS 'Whose turn it is: a pelaksana of the sheet.';
CREATE INDEX waiting_turn ON approval.waiting (office, tugas, who);

-- As of which version that is known of a case. A row stays when nothing waits any more: an older event says nothing then.
CREATE TABLE approval.case_version (
    "case"  uuid PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 70);

-- Up to where the event store has been read for it, and in which epoch; null: it was never begun.
CREATE TABLE approval.progress (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch    uuid,
    position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO approval.progress DEFAULT VALUES;

-- Keeps what waits of these cases as of these versions, each case once: `p_of` and the arrays after it are its tasks. What
-- is known as of a later version stays; what was said in another epoch may never have happened.
CREATE FUNCTION approval.keep(
    p_epoch uuid, p_case uuid[], p_version bigint[], p_of uuid[], p_slot text[], p_office text[], p_langkah text[],
    p_tugas text[], p_who text[], p_since timestamptz[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_newer uuid[];
BEGIN
    PERFORM es.check_arrays(es.is_flat(p_case, cardinality(p_case)) AND es.is_flat(p_version, cardinality(p_case))
                            AND es.is_flat(p_of, cardinality(p_of)) AND es.is_flat(p_slot, cardinality(p_of))
                            AND es.is_flat(p_office, cardinality(p_of)) AND es.is_flat(p_langkah, cardinality(p_of))
                            AND es.is_flat(p_tugas, cardinality(p_of)) AND es.is_flat(p_who, cardinality(p_of))
                            AND es.is_flat(p_since, cardinality(p_of)));
    PERFORM FROM approval.progress WHERE epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    WITH newer AS (
        INSERT INTO approval.case_version AS v ("case", version)
        SELECT n.* FROM unnest(p_case, p_version) AS n ("case", version) ORDER BY n."case"
        ON CONFLICT ("case") DO UPDATE SET version = excluded.version WHERE v.version < excluded.version
        RETURNING v."case")
    SELECT array_agg("case") INTO v_newer FROM newer;
    DELETE FROM approval.waiting w
    WHERE w."case" = ANY (v_newer) AND (w."case", w.slot) NOT IN (SELECT * FROM unnest(p_of, p_slot));
    INSERT INTO approval.waiting AS w ("case", slot, office, langkah, tugas, who, since)
    SELECT t.* FROM unnest(p_of, p_slot, p_office, p_langkah, p_tugas, p_who, p_since)
        AS t ("case", slot, office, langkah, tugas, who, since)
    WHERE t."case" = ANY (v_newer)
    ON CONFLICT ("case", slot) DO UPDATE SET
        langkah = excluded.langkah, tugas = excluded.tugas, who = excluded.who, since = excluded.since
    WHERE (w.langkah, w.tugas, w.who) <> (excluded.langkah, excluded.tugas, excluded.who);
END $$;

-- Up to where the event store has been read. In another epoch than the one it was begun in, and at first, it is begun anew
-- with what is due now; nothing can appear any more up to `p_head`, which was asked for before.
CREATE FUNCTION approval.resume(p_head bigint, OUT epoch uuid, OUT "position" bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_epoch uuid := (SELECT e.epoch FROM es.current_epoch() AS e);
BEGIN
    UPDATE approval.progress
    SET epoch = v_epoch, position = least(p_head, (SELECT coalesce(max(e.position), 0) FROM es.event AS e))
    WHERE epoch IS DISTINCT FROM v_epoch;
    IF FOUND THEN
        DELETE FROM approval.waiting;
        TRUNCATE approval.case_version;
        WITH due AS MATERIALIZED (
            SELECT s.key, s.version, d.* FROM es.due d JOIN es.stream s ON s.stream_no = d.stream_no
            WHERE d.service = 'approval'
        ), known AS (
            INSERT INTO approval.case_version ("case", version) SELECT DISTINCT key, version FROM due
        )
        INSERT INTO approval.waiting ("case", slot, office, langkah, tugas, who, since)
        SELECT key, slot, office, langkah, tugas, who, since FROM due;
    END IF;
    SELECT p.epoch, p.position INTO epoch, position FROM approval.progress AS p;
END $$;

CREATE FUNCTION approval.reached(p_epoch uuid, p_position bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE approval.progress SET position = p_position WHERE epoch = p_epoch AND position < p_position
$$;

GRANT USAGE ON SCHEMA approval TO jejak_approval;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA approval TO jejak_approval;
GRANT SELECT ON approval.waiting TO jejak_approval;
