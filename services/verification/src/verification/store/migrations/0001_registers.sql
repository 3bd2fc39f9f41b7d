-- Imported registers: of the poor, of members, of residents. The newest import of a register for an office answers.
-- A NIK is never stored, only its keyed index; what must be shown is sealed under a key of the import. An import that
-- no longer answers loses that key at once and its rows soon after; its record stays.

CREATE SCHEMA register;
COMMENT ON SCHEMA register IS 'Imported registers: who is poor, who is a member, who lives here.';

CREATE TABLE register.import (
  no             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id             uuid NOT NULL UNIQUE,
  office         text NOT NULL CHECK (office ~ '^[0-9]{2}([.][0-9]{2})?$'),
  register       text NOT NULL CHECK (register ~ '^[A-Z][A-Z0-9-]{1,31}$'),
  kind           text NOT NULL CHECK (kind IN ('kemiskinan', 'kepesertaan', 'kependudukan')),
  as_of          date NOT NULL,
  file_name      text NOT NULL,
  sha256         bytea NOT NULL CHECK (octet_length(sha256) = 32),
  imported_by    text NOT NULL CHECK (imported_by <> ''),
  started_at     timestamptz NOT NULL DEFAULT es.now(),
  finished_at    timestamptz,
  status         text NOT NULL DEFAULT 'loading' CHECK (status IN ('loading', 'answering', 'superseded', 'abandoned')),
  rows_read      integer NOT NULL DEFAULT 0,
  rows_kept      integer NOT NULL DEFAULT 0,
  rows_bad       integer NOT NULL DEFAULT 0,
  rows_duplicate integer NOT NULL DEFAULT 0,
  wrapped_key    bytea,
  CHECK ((wrapped_key IS NOT NULL) = (status IN ('loading', 'answering'))),
  CHECK ((finished_at IS NOT NULL) = (status IN ('answering', 'superseded')))
);

-- One import answers for a register of an office; the look-up begins here.
CREATE UNIQUE INDEX import_answering ON register.import (office, register) WHERE status = 'answering';
CREATE INDEX import_file ON register.import (office, register, sha256);

-- `variant` tells two rows of one NIK apart that do not say the same: two cards, two statuses. Without a foreign key:
-- rows come only through load_entries, which checks the import once per batch instead of once per row.
CREATE TABLE register.entry (
  import_no      integer NOT NULL,
  nik_index      bytea NOT NULL,
  variant        bytea NOT NULL,
  row_no         integer NOT NULL,
  desil          smallint,
  segment        text,
  status         text,
  deactivated_on date,
  deactivations  smallint,
  sealed         bytea,
  PRIMARY KEY (import_no, nik_index, variant)
);

-- Begins an import. `outcome` is begun, same_file (imported before; nothing to do) or older (the answering list is of
-- a later date); the last two name the other import. `p_again` begins all the same. Without an as-of date: today (WIB).
-- The session keeps an advisory lock on its import: one that stays 'loading' without it was abandoned by a crash.
CREATE FUNCTION register.begin_import(
  p_id uuid, p_office text, p_register text, p_kind text, p_as_of date, p_file_name text, p_sha256 bytea,
  p_imported_by text, p_wrapped_key bytea, p_again boolean
) RETURNS TABLE (outcome text, import_no integer, import_id uuid, as_of date, finished_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_other register.import;
  v_as_of date := coalesce(p_as_of, (es.now() AT TIME ZONE 'Asia/Jakarta')::date);
  v_no integer;
BEGIN
  FOR v_no IN SELECT i.no FROM register.import i WHERE i.status = 'loading' ORDER BY i.no LOOP
    IF pg_try_advisory_xact_lock(hashtext('register.import'), v_no) THEN
      UPDATE register.import i SET status = 'abandoned', wrapped_key = NULL WHERE i.no = v_no AND i.status = 'loading';
    END IF;
  END LOOP;

  IF NOT p_again THEN
    SELECT * INTO v_other FROM register.import i
      WHERE i.office = p_office AND i.register = p_register AND i.sha256 = p_sha256
        AND i.status IN ('answering', 'superseded')
      ORDER BY i.no DESC LIMIT 1;
    IF FOUND THEN
      RETURN QUERY SELECT 'same_file', v_other.no, v_other.id, v_other.as_of, v_other.finished_at;
      RETURN;
    END IF;
    SELECT * INTO v_other FROM register.import i
      WHERE i.office = p_office AND i.register = p_register AND i.status = 'answering' AND i.as_of > v_as_of;
    IF FOUND THEN
      RETURN QUERY SELECT 'older', v_other.no, v_other.id, v_other.as_of, v_other.finished_at;
      RETURN;
    END IF;
  END IF;

  INSERT INTO register.import (id, office, register, kind, as_of, file_name, sha256, imported_by, wrapped_key)
    VALUES (p_id, p_office, p_register, p_kind, v_as_of, p_file_name, p_sha256, p_imported_by, p_wrapped_key)
    RETURNING no INTO v_no;
  PERFORM pg_advisory_lock(hashtext('register.import'), v_no);
  RETURN QUERY SELECT 'begun', v_no, p_id, v_as_of, NULL::timestamptz;
END $$;

-- Adds a batch of rows to an import that is still loading. The first row of a NIK (and variant) stays; returned are
-- the others, with the row they repeat, and (kept) those that say otherwise of a NIK. The same batch again changes nothing.
CREATE FUNCTION register.load_entries(
  p_import integer, p_nik_index bytea[], p_variant bytea[], p_row_no integer[], p_desil smallint[], p_segment text[],
  p_status text[], p_deactivated_on date[], p_deactivations smallint[], p_sealed bytea[]
) RETURNS TABLE (row_no integer, first_row integer, kept boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_inserted bigint;
BEGIN
  PERFORM es.check_arrays(es.is_flat(p_nik_index, cardinality(p_nik_index))
                          AND es.is_flat(p_variant, cardinality(p_nik_index))
                          AND es.is_flat(p_row_no, cardinality(p_nik_index))
                          AND es.is_flat(p_desil, cardinality(p_nik_index))
                          AND es.is_flat(p_segment, cardinality(p_nik_index))
                          AND es.is_flat(p_status, cardinality(p_nik_index))
                          AND es.is_flat(p_deactivated_on, cardinality(p_nik_index))
                          AND es.is_flat(p_deactivations, cardinality(p_nik_index))
                          AND es.is_flat(p_sealed, cardinality(p_nik_index)));
  PERFORM FROM register.import i WHERE i.no = p_import AND i.status = 'loading' FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'import % is not loading', p_import USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;

  INSERT INTO register.entry
    SELECT p_import, g.* FROM unnest(p_nik_index, p_variant, p_row_no, p_desil, p_segment, p_status, p_deactivated_on,
                                     p_deactivations, p_sealed) AS g
    ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_inserted = ROW_COUNT;

  IF v_inserted < cardinality(p_row_no) THEN
    RETURN QUERY
      SELECT g.row_no, e.row_no, false
      FROM unnest(p_nik_index, p_variant, p_row_no) AS g (nik_index, variant, row_no)
      JOIN register.entry e ON e.import_no = p_import AND e.nik_index = g.nik_index AND e.variant = g.variant
      WHERE e.row_no <> g.row_no ORDER BY g.row_no;
  END IF;
  RETURN QUERY
    SELECT g.row_no, min(e.row_no), true
    FROM unnest(p_nik_index, p_variant, p_row_no) AS g (nik_index, variant, row_no)
    JOIN register.entry e ON e.import_no = p_import AND e.nik_index = g.nik_index AND e.variant <> g.variant
    WHERE e.row_no < g.row_no
      AND EXISTS (SELECT FROM register.entry own WHERE own.import_no = p_import AND own.nik_index = g.nik_index
                  AND own.variant = g.variant AND own.row_no = g.row_no)
    GROUP BY g.row_no ORDER BY g.row_no;
END $$;

-- Makes an import the one that answers, and ends the one before: one transaction, so that a look-up sees either.
-- `outcome` is answering, or older (meanwhile a list of a later date was imported: this one is abandoned).
CREATE FUNCTION register.finish_import(
  p_import integer, p_rows_read integer, p_rows_bad integer, p_rows_duplicate integer, p_again boolean
) RETURNS TABLE (outcome text, rows_kept integer, as_of date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_import register.import;
  v_later date;
  v_kept integer;
BEGIN
  SELECT * INTO v_import FROM register.import i WHERE i.no = p_import AND i.status = 'loading' FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'import % is not loading', p_import USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('register.answering'), hashtext(v_import.office || ' ' || v_import.register));
  SELECT count(*) INTO v_kept FROM register.entry e WHERE e.import_no = p_import;

  SELECT i.as_of INTO v_later FROM register.import i WHERE i.office = v_import.office
    AND i.register = v_import.register AND i.status = 'answering' AND i.as_of > v_import.as_of;
  IF FOUND AND NOT p_again THEN
    UPDATE register.import i SET status = 'abandoned', wrapped_key = NULL WHERE i.no = p_import;
    RETURN QUERY SELECT 'older', v_kept, v_later;
    RETURN;
  END IF;

  UPDATE register.import i SET status = 'superseded', wrapped_key = NULL
    WHERE i.office = v_import.office AND i.register = v_import.register AND i.status = 'answering';
  UPDATE register.import i SET status = 'answering', finished_at = es.now(), rows_read = p_rows_read,
      rows_kept = v_kept, rows_bad = p_rows_bad, rows_duplicate = p_rows_duplicate
    WHERE i.no = p_import;
  RETURN QUERY SELECT 'answering', v_kept, v_import.as_of;
END $$;

-- Gives up an import that is still loading; what answered before answers on.
CREATE FUNCTION register.abandon_import(p_import integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE register.import SET status = 'abandoned', wrapped_key = NULL WHERE no = p_import AND status = 'loading' $$;

-- Erases up to p_limit rows of imports that no longer answer; returns how many. Called until it returns 0.
CREATE FUNCTION register.forget_entries(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_erased integer;
BEGIN
  DELETE FROM register.entry WHERE ctid = ANY (ARRAY(
    SELECT e.ctid FROM register.import i JOIN register.entry e ON e.import_no = i.no
    WHERE i.status IN ('superseded', 'abandoned') LIMIT p_limit));
  GET DIAGNOSTICS v_erased = ROW_COUNT;
  RETURN v_erased;
END $$;

GRANT USAGE ON SCHEMA register TO jejak_verification;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA register TO jejak_verification;
GRANT SELECT ON register.import, register.entry TO jejak_verification;
