-- An office's own form of its letters, in Typst, in place of the one that comes with the program. The newest counts: what
-- was signed before is kept as it was signed.

CREATE TABLE letters.template (
    office text NOT NULL,
    jenis  text NOT NULL CHECK (jenis IN ('*', 'rekomendasi', 'usulan', 'penonaktifan', 'penolakan')),
    body   bytea NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 200000),
    put_at timestamptz NOT NULL DEFAULT es.now(),
    PRIMARY KEY (office, jenis)
);
COMMENT ON COLUMN letters.template.jenis IS 'The kind of letter; * for every kind that has none of its own.';

CREATE FUNCTION letters.put_template(p_office text, p_jenis text, p_body bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO letters.template (office, jenis, body) VALUES (p_office, p_jenis, p_body)
    ON CONFLICT (office, jenis) DO UPDATE SET body = excluded.body, put_at = excluded.put_at
$$;

CREATE FUNCTION letters.drop_template(p_office text, p_jenis text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM letters.template WHERE office = p_office AND jenis = p_jenis RETURNING 1)
    SELECT EXISTS (SELECT FROM gone)
$$;

REVOKE EXECUTE ON FUNCTION letters.put_template(text, text, bytea), letters.drop_template(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION letters.put_template(text, text, bytea), letters.drop_template(text, text) TO jejak_letters;
GRANT SELECT ON letters.template TO jejak_letters;
