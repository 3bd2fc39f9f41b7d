-- Numbers that the counter leaves out: letters of a lost time bear them, on paper or at their receivers, and the event
-- store no longer knows those letters. Each is accounted for here, as it is in no event.

CREATE TABLE letters.skipped (
    office     text NOT NULL,
    series     text NOT NULL,
    year       integer NOT NULL,
    first      integer NOT NULL CHECK (first > 0),
    last       integer NOT NULL CHECK (last >= first AND last - first < 10000), -- more is a slip of the pen
    reason     text NOT NULL CHECK (reason <> '' AND length(reason) <= 200),
    skipped_at timestamptz NOT NULL,
    PRIMARY KEY (office, series, year, first)
);
COMMENT ON TABLE letters.skipped IS 'Ranges of the counter that no letter of this installation bears.';

CREATE TRIGGER skipped_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON letters.skipped
    FOR EACH STATEMENT EXECUTE FUNCTION es.refuse_change();

-- The next number of the series comes after p_last. Returns how many are left out: none where the counter is past it.
CREATE FUNCTION letters.skip_to(p_office text, p_series text, p_year integer, p_last integer, p_reason text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_last integer;
BEGIN
    INSERT INTO letters.counter (office, series, year, last) VALUES (p_office, p_series, p_year, 0)
        ON CONFLICT DO NOTHING;
    SELECT c.last INTO v_last FROM letters.counter c
        WHERE c.office = p_office AND c.series = p_series AND c.year = p_year FOR UPDATE;
    IF p_last <= v_last THEN
        RETURN 0;
    END IF;
    INSERT INTO letters.skipped (office, series, year, first, last, reason, skipped_at)
        VALUES (p_office, p_series, p_year, v_last + 1, p_last, p_reason, es.now());
    UPDATE letters.counter c SET last = p_last
        WHERE c.office = p_office AND c.series = p_series AND c.year = p_year;
    RETURN p_last - v_last;
END $$;

GRANT EXECUTE ON FUNCTION letters.skip_to(text, text, integer, integer, text) TO jejak_letters;
GRANT SELECT ON letters.skipped TO jejak_letters;
