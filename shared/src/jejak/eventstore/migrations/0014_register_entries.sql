-- What stands in an office's registers besides its numbers: which events, in the order a book is written. Derived from
-- the columns of events; what an entry says is read from its event when it is shown.

CREATE TABLE view.entry (
    office      text NOT NULL,
    register    text NOT NULL,
    recorded_at timestamptz NOT NULL,
    position    bigint NOT NULL,
    PRIMARY KEY (office, register, recorded_at, position)
);
COMMENT ON COLUMN view.entry.register IS
    'arsip: what was archived; kendali: what a person did with the file; rekon: what BPJS answered, and how it compares.';

-- The entries that the events after p_after, up to p_upto, make. As often as one likes.
CREATE FUNCTION view.enter(p_after bigint, p_upto bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO view.entry (office, register, recorded_at, position)
    SELECT e.office, r.register, e.recorded_at, e.position
    FROM es.event e CROSS JOIN LATERAL (
        SELECT 'arsip' AS register WHERE e.type IN ('LetterArchived', 'LetterSigned')
        UNION ALL
        SELECT 'rekon' WHERE e.type IN ('ReplyReceived', 'CaseReconciled', 'MembershipActivated', 'MembershipNotYetActive',
                                        'MembershipDeactivated', 'MembershipNotYetDeactivated')
        UNION ALL
        SELECT 'kendali' WHERE e.tugas IS NOT NULL AND e.hasil IS NOT NULL AND (e.actor IS NOT NULL OR e.recorder IS NOT NULL)
    ) AS r
    WHERE e.position > p_after AND e.position <= p_upto AND e.kind = 'case'
    ON CONFLICT DO NOTHING
$$;
SELECT view.enter(0, (SELECT coalesce(max(position), 0) FROM es.event));

REVOKE EXECUTE ON FUNCTION view.enter(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION view.enter(bigint, bigint) TO jejak_ledger;
GRANT SELECT ON view.entry TO jejak_ledger;
