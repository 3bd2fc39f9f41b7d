-- Letter numbers and signed bytes. A number is a row before it is print. Every one that was ever given is named in an
-- event of its case, from which the ledger derives the Buku Rekomendasi.

CREATE SCHEMA letters;
COMMENT ON SCHEMA letters IS 'Numbers of letters, and letters as signed.';

-- The last number given, per office, series (the template's text) and year. Its row lock is what makes numbers gapless.
CREATE TABLE letters.counter (
    office text NOT NULL,
    series text NOT NULL,
    year   integer NOT NULL,
    last   integer NOT NULL CHECK (last >= 0),
    PRIMARY KEY (office, series, year)
) WITH (fillfactor = 50);

CREATE TABLE letters.number (
    "case"      uuid NOT NULL,
    surat       text NOT NULL CHECK (surat <> ''),
    office      text NOT NULL CHECK (office <> ''),
    series      text NOT NULL CHECK (series <> ''),
    year        integer NOT NULL CHECK (year BETWEEN 2000 AND 2199),
    urut        integer CHECK (urut > 0),
    nomor       text NOT NULL CHECK (nomor <> '' AND length(nomor) <= 100 AND nomor !~ '[[:cntrl:]]'),
    reserved_at timestamptz NOT NULL,
    PRIMARY KEY ("case", surat),
    CONSTRAINT number_in_series UNIQUE (office, series, year, urut)
);
COMMENT ON COLUMN letters.number."case" IS 'Stream of the case the letter belongs to.';
COMMENT ON COLUMN letters.number.surat IS 'Which letter of the SOP; a new draft of it keeps the number.';
COMMENT ON COLUMN letters.number.urut IS 'From the counter; null when the number was typed from the agenda.';
-- An office does not send two letters of one number in a year, however it is spelled and wherever it came from.
CREATE UNIQUE INDEX number_in_office ON letters.number (office, year, lower(nomor));
CREATE INDEX number_book ON letters.number (office, year, reserved_at);
-- A letter by its number, or by how it begins, in any year.
CREATE INDEX number_search ON letters.number (office, lower(nomor) text_pattern_ops, reserved_at);

CREATE TRIGGER number_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON letters.number
    FOR EACH STATEMENT EXECUTE FUNCTION es.refuse_change();

-- What is still to be seen to of a number: that an event names it, and how it ends. Gone once both are known.
CREATE TABLE letters.open_number (
    "case" uuid NOT NULL,
    surat  text NOT NULL,
    named  boolean NOT NULL DEFAULT false,
    since  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY ("case", surat)
) WITH (fillfactor = 80);
COMMENT ON COLUMN letters.open_number.named IS 'An event of the case names the number.';
COMMENT ON COLUMN letters.open_number.since IS 'By the server''s own clock: only its age counts.';
-- Every number begins open, however it was reserved.
CREATE FUNCTION letters.open_numbers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO letters.open_number ("case", surat) SELECT "case", surat FROM fresh;
    RETURN NULL;
END $$;
CREATE TRIGGER numbers_begin_open AFTER INSERT ON letters.number
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION letters.open_numbers();

-- A number that no letter will bear: its case ended, and no signature is under way.
CREATE TABLE letters.void (
    "case"   uuid NOT NULL,
    surat    text NOT NULL,
    sebab    text NOT NULL CHECK (sebab IN ('selesai', 'tolak', 'kembalikan', 'ditarik')),
    ended_at timestamptz NOT NULL,
    PRIMARY KEY ("case", surat)
);
COMMENT ON COLUMN letters.void.sebab IS 'How the case ended, which made the number batal.';
COMMENT ON COLUMN letters.void.ended_at IS 'When it ended.';

-- Signed before it is named: only bytes whose hash a LetterSigned names are ever served.
CREATE TABLE letters.signed (
    "case"          uuid NOT NULL,
    surat           text NOT NULL,
    unsigned_sha256 bytea NOT NULL CHECK (octet_length(unsigned_sha256) = 32),
    sha256          bytea NOT NULL CHECK (octet_length(sha256) = 32),
    kept_at         timestamptz NOT NULL,
    PRIMARY KEY ("case", surat, unsigned_sha256),
    CONSTRAINT signed_named UNIQUE ("case", sha256)
);
COMMENT ON COLUMN letters.signed.sha256 IS 'Of the signed bytes before sealing; they are a file of the case (es.blob).';
COMMENT ON COLUMN letters.signed.unsigned_sha256 IS 'What was signed: a retry finds it here and does not sign twice.';

-- The next number of a series, written as p_before, the number padded to p_width, p_after. `outcome` is reserved, or
-- kept: this letter has its number already. A number that was typed from the agenda is passed over: it is used.
CREATE FUNCTION letters.reserve(
    p_office text, p_series text, p_year integer, p_case uuid, p_surat text, p_before text, p_width integer, p_after text
) RETURNS TABLE (outcome text, nomor text, urut integer, series text, year integer, reserved_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_last integer;
    v_urut integer;
    v_row letters.number;
BEGIN
    SELECT * INTO v_row FROM letters.number n WHERE n."case" = p_case AND n.surat = p_surat;
    IF NOT FOUND THEN
        LOOP
            SELECT c.last INTO v_last FROM letters.counter c
                WHERE c.office = p_office AND c.series = p_series AND c.year = p_year FOR UPDATE;
            EXIT WHEN FOUND;
            INSERT INTO letters.counter (office, series, year, last) VALUES (p_office, p_series, p_year, 0)
                ON CONFLICT DO NOTHING;
        END LOOP;
        v_urut := v_last;
        LOOP
            -- The session that held the counter before may have numbered this very letter.
            SELECT * INTO v_row FROM letters.number n WHERE n."case" = p_case AND n.surat = p_surat;
            EXIT WHEN FOUND;
            v_urut := v_urut + 1;
            INSERT INTO letters.number AS n ("case", surat, office, series, year, urut, nomor, reserved_at)
                VALUES (p_case, p_surat, p_office, p_series, p_year, v_urut,
                        p_before || lpad(v_urut::text, greatest(p_width, length(v_urut::text)), '0') || p_after, es.now())
                ON CONFLICT DO NOTHING RETURNING n.* INTO v_row;
            IF FOUND THEN
                UPDATE letters.counter c SET last = v_urut
                    WHERE c.office = p_office AND c.series = p_series AND c.year = p_year;
                RETURN QUERY SELECT 'reserved', v_row.nomor, v_row.urut, v_row.series, v_row.year, v_row.reserved_at;
                RETURN;
            END IF;
        END LOOP;
    END IF;
    RETURN QUERY SELECT 'kept', v_row.nomor, v_row.urut, v_row.series, v_row.year, v_row.reserved_at;
END $$;

-- A number typed from the office's agenda. `outcome` is reserved, kept (the letter's own number is returned, which may
-- be another), or taken (by another letter of that office and year).
CREATE FUNCTION letters.reserve_typed(
    p_office text, p_series text, p_year integer, p_case uuid, p_surat text, p_nomor text
) RETURNS TABLE (outcome text, nomor text, urut integer, series text, year integer, reserved_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        INSERT INTO letters.number AS n ("case", surat, office, series, year, nomor, reserved_at)
        VALUES (p_case, p_surat, p_office, p_series, p_year, p_nomor, es.now())
        ON CONFLICT DO NOTHING RETURNING 'reserved', n.nomor, n.urut, n.series, n.year, n.reserved_at;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'kept', n.nomor, n.urut, n.series, n.year, n.reserved_at
            FROM letters.number n WHERE n."case" = p_case AND n.surat = p_surat;
        IF NOT FOUND THEN
            RETURN QUERY SELECT 'taken', n.nomor, n.urut, n.series, n.year, n.reserved_at
                FROM letters.number n WHERE n.office = p_office AND n.year = p_year AND lower(n.nomor) = lower(p_nomor);
        END IF;
    END IF;
END $$;

-- Keeps a letter as signed, its bytes among the files of the case. A second call, after a crash or at the same
-- time, gets the bytes of the first: what is kept is returned, and only that may be named in a LetterSigned.
CREATE FUNCTION letters.keep_signed(
    p_case uuid, p_surat text, p_unsigned_sha256 bytea, p_sha256 bytea, p_sealed bytea, p_media_type text, p_size integer
) RETURNS TABLE (fresh boolean, sha256 bytea, kept_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        INSERT INTO letters.signed AS s ("case", surat, unsigned_sha256, sha256, kept_at)
        VALUES (p_case, p_surat, p_unsigned_sha256, p_sha256, es.now())
        ON CONFLICT ("case", surat, unsigned_sha256) DO NOTHING RETURNING true, s.sha256, s.kept_at;
    IF FOUND THEN
        PERFORM es.put_blob(p_case, ARRAY[encode(p_sha256, 'hex')], ARRAY[p_sealed], ARRAY[p_media_type], ARRAY[p_size]);
    ELSE
        RETURN QUERY SELECT false, s.sha256, s.kept_at FROM letters.signed s
            WHERE s."case" = p_case AND s.surat = p_surat AND s.unsigned_sha256 = p_unsigned_sha256;
    END IF;
END $$;

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

-- What was found of open numbers, one element each: p_sebab is null for a number whose letter is signed or still to come.
-- A number is no longer open once it is named and has an end (p_ended). As often as one likes, in any order.
CREATE FUNCTION letters.settle(
    p_case uuid[], p_surat text[], p_named boolean[], p_ended boolean[], p_sebab text[], p_ended_at timestamptz[]
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT es.check_arrays(es.is_flat(p_case, cardinality(p_case)) AND es.is_flat(p_surat, cardinality(p_case))
                           AND es.is_flat(p_named, cardinality(p_case)) AND es.is_flat(p_ended, cardinality(p_case))
                           AND es.is_flat(p_sebab, cardinality(p_case)) AND es.is_flat(p_ended_at, cardinality(p_case)));
    INSERT INTO letters.void ("case", surat, sebab, ended_at)
        SELECT f.c, f.surat, f.sebab, f.at FROM unnest(p_case, p_surat, p_sebab, p_ended_at) AS f (c, surat, sebab, at)
        WHERE f.sebab IS NOT NULL
        ON CONFLICT DO NOTHING;
    UPDATE letters.open_number o SET named = true
        FROM unnest(p_case, p_surat, p_named) AS f (c, surat, named)
        WHERE o."case" = f.c AND o.surat = f.surat AND f.named AND NOT o.named;
    DELETE FROM letters.open_number o USING unnest(p_case, p_surat, p_ended) AS f (c, surat, ended)
        WHERE o."case" = f.c AND o.surat = f.surat AND f.ended AND o.named;
$$;

GRANT USAGE ON SCHEMA letters TO jejak_letters;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA letters TO jejak_letters;
GRANT SELECT ON letters.number, letters.signed, letters.template, letters.open_number, letters.void TO jejak_letters;
