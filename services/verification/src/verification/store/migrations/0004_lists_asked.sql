-- BPJS and Dukcapil asked about the people of a list attached to a letter: how far it is, and what was answered.
-- The answers are sealed under the case's working key, so that forgetting the case forgets them here too.

CREATE TABLE register.list_asked (
  case_id     uuid PRIMARY KEY,
  run         uuid NOT NULL,
  office      text NOT NULL,
  asked_by    text NOT NULL CHECK (asked_by <> ''),
  begun_at    timestamptz NOT NULL DEFAULT es.now(),
  seen_at     timestamptz NOT NULL DEFAULT es.now(),
  finished_at timestamptz,
  questions   integer NOT NULL CHECK (questions > 0),
  answered    integer NOT NULL DEFAULT 0,
  sealed      bytea
);
COMMENT ON COLUMN register.list_asked.seen_at IS 'When its process last reported; one that is silent for a minute has ended.';
CREATE INDEX list_asked_office ON register.list_asked (office);

-- Begins to ask. False while a list of the office is asked about. Earlier answers stay until others come; what is older
-- than 30 days is erased.
CREATE FUNCTION register.begin_asking(p_case uuid, p_run uuid, p_office text, p_asked_by text, p_questions integer)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('register.list_asked'), hashtext(p_office));
  IF EXISTS (SELECT FROM register.list_asked a WHERE a.office = p_office AND a.finished_at IS NULL
             AND a.seen_at > es.now() - interval '1 minute') THEN
    RETURN false;
  END IF;
  DELETE FROM register.list_asked a WHERE a.office = p_office AND a.begun_at < es.now() - interval '30 days';
  INSERT INTO register.list_asked AS a (case_id, run, office, asked_by, questions)
    VALUES (p_case, p_run, p_office, p_asked_by, p_questions)
    ON CONFLICT (case_id) DO UPDATE SET run = p_run, office = p_office, asked_by = p_asked_by, begun_at = es.now(),
      seen_at = es.now(), finished_at = NULL, questions = p_questions, answered = 0;
  RETURN true;
END $$;

-- What was answered so far; `p_ended`: nothing more is asked. Nothing of a run that another has followed.
CREATE FUNCTION register.move_asking(p_case uuid, p_run uuid, p_answered integer, p_sealed bytea, p_ended boolean)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE register.list_asked SET seen_at = es.now(), answered = p_answered, sealed = coalesce(p_sealed, sealed),
    finished_at = CASE WHEN p_ended THEN es.now() END
  WHERE case_id = p_case AND run = p_run AND finished_at IS NULL
$$;

REVOKE EXECUTE ON FUNCTION register.begin_asking, register.move_asking FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register.begin_asking, register.move_asking TO jejak_verification;
GRANT SELECT ON register.list_asked TO jejak_verification;
