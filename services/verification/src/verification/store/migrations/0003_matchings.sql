-- Lists of people matched with the registers from a page: how far each is, then its result.
-- The list itself is never stored, and the result names nobody: the number of a row stands for a person.

CREATE TABLE register.matching (
  id          uuid PRIMARY KEY,
  office      text NOT NULL,
  matched_by  text NOT NULL CHECK (matched_by <> ''),
  service     text,
  begun_at    timestamptz NOT NULL DEFAULT es.now(),
  seen_at     timestamptz NOT NULL DEFAULT es.now(),
  fraction    real NOT NULL DEFAULT 0,
  rows        integer NOT NULL DEFAULT 0,
  finished_at timestamptz,
  fault       text,
  report      jsonb,
  result      bytea,
  CHECK ((finished_at IS NULL) = (fault IS NULL AND report IS NULL)),
  CHECK ((report IS NULL) = (result IS NULL))
);
COMMENT ON COLUMN register.matching.seen_at IS 'When its process last reported; one that is silent for a minute has ended.';
COMMENT ON COLUMN register.matching.result IS 'The table of the result, CSV compressed by gzip.';
CREATE INDEX matching_newest ON register.matching (office, begun_at DESC);

-- Begins a matching. False while another of the office runs. Erases what is older than 30 days, and all but the newest 9.
CREATE FUNCTION register.begin_matching(p_id uuid, p_office text, p_matched_by text, p_service text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('register.matching'), hashtext(p_office));
  IF EXISTS (SELECT FROM register.matching m WHERE m.office = p_office AND m.finished_at IS NULL
             AND m.seen_at > es.now() - interval '1 minute') THEN
    RETURN false;
  END IF;
  DELETE FROM register.matching m WHERE m.begun_at < es.now() - interval '30 days';
  DELETE FROM register.matching m WHERE m.office = p_office AND m.id IN (
    SELECT o.id FROM register.matching o WHERE o.office = p_office ORDER BY o.begun_at DESC OFFSET 9);
  INSERT INTO register.matching (id, office, matched_by, service) VALUES (p_id, p_office, p_matched_by, p_service);
  RETURN true;
END $$;

-- How far a matching is; nothing once it has ended.
CREATE FUNCTION register.move_matching(p_id uuid, p_fraction real, p_rows integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE register.matching SET seen_at = es.now(), fraction = p_fraction, rows = p_rows
  WHERE id = p_id AND finished_at IS NULL
$$;

-- Ends a matching once: with its report and result, or with what kept it from one.
CREATE FUNCTION register.end_matching(p_id uuid, p_fault text, p_report jsonb, p_result bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE register.matching SET seen_at = es.now(), finished_at = es.now(), fault = p_fault, report = p_report, result = p_result
  WHERE id = p_id AND finished_at IS NULL
$$;

REVOKE EXECUTE ON FUNCTION register.begin_matching, register.move_matching, register.end_matching FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register.begin_matching, register.move_matching, register.end_matching TO jejak_verification;
GRANT SELECT ON register.matching TO jejak_verification;
