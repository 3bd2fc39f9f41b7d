-- What queries ask of the events of a case, said once.

-- Whether a case was entered in this part of an office, as its first event says; NULL: the whole office. A first event
-- that cannot be read hides its own case there, and no other.
CREATE FUNCTION es.entered_in(p_stream_no bigint, p_wilayah text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_payload bytea;
BEGIN
    IF p_wilayah IS NULL THEN
        RETURN true;
    END IF;
    SELECT e.payload INTO v_payload FROM es.event e WHERE e.stream_no = p_stream_no AND e.version = 1;
    BEGIN
        RETURN coalesce(starts_with((convert_from(v_payload, 'UTF8')::jsonb ->> 'entry_office') || '.', p_wilayah || '.'),
                        false);
    EXCEPTION WHEN data_exception THEN
        RETURN false;
    END;
END $$;
GRANT EXECUTE ON FUNCTION es.entered_in(bigint, text)
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;
