-- A person whose row could not be read is not taken for one who is not listed: the row's fault is kept under the index
-- of the NIK, or of the name where the NIK could not be read.

-- Rows that were not taken. `fault` repeats nothing of the row.
CREATE TABLE register.unread (
  import_no integer NOT NULL,
  nik_index bytea NOT NULL,
  row_no    integer NOT NULL,
  fault     text NOT NULL CHECK (fault <> ''),
  PRIMARY KEY (import_no, nik_index, row_no)
);

-- Adds rows with a fault to an import that is still loading. The same rows again change nothing.
CREATE FUNCTION register.load_unread(p_import integer, p_nik_index bytea[], p_row_no integer[], p_fault text[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM es.check_arrays(es.is_flat(p_nik_index, cardinality(p_nik_index))
                          AND es.is_flat(p_row_no, cardinality(p_nik_index))
                          AND es.is_flat(p_fault, cardinality(p_nik_index)));
  PERFORM FROM register.import i WHERE i.no = p_import AND i.status = 'loading' FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'import % is not loading', p_import USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  INSERT INTO register.unread SELECT p_import, g.* FROM unnest(p_nik_index, p_row_no, p_fault) AS g ON CONFLICT DO NOTHING;
END $$;

-- Erases up to p_limit rows of each table of imports that no longer answer; returns how many. Called until it returns 0.
CREATE OR REPLACE FUNCTION register.forget_entries(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_erased integer;
  v_unread integer;
BEGIN
  DELETE FROM register.entry WHERE ctid = ANY (ARRAY(
    SELECT e.ctid FROM register.import i JOIN register.entry e ON e.import_no = i.no
    WHERE i.status IN ('superseded', 'abandoned') LIMIT p_limit));
  GET DIAGNOSTICS v_erased = ROW_COUNT;
  DELETE FROM register.unread WHERE ctid = ANY (ARRAY(
    SELECT u.ctid FROM register.import i JOIN register.unread u ON u.import_no = i.no
    WHERE i.status IN ('superseded', 'abandoned') LIMIT p_limit));
  GET DIAGNOSTICS v_unread = ROW_COUNT;
  RETURN v_erased + v_unread;
END $$;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA register TO jejak_verification;
GRANT SELECT ON register.unread TO jejak_verification;
