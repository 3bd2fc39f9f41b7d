-- What an inspector's pages read besides: letters as signed for a file of evidence, numbers by how they begin, and
-- who is named in which case.

GRANT SELECT ON letters.signed TO jejak_ledger;

-- A letter by its number, or by how it begins, in any year.
CREATE INDEX number_search ON letters.number (office, lower(nomor) text_pattern_ops, reserved_at);

-- The words of the names in a case (applicant, participant), each as a keyed hash that is the office's own: nobody finds
-- a case by it without the key, and nobody sees from it that two offices know the same name. Folded from the ledger.
CREATE TABLE view.name_word (
    office text NOT NULL,
    word   bytea NOT NULL,
    stream uuid NOT NULL,
    PRIMARY KEY (office, word, stream)
);
CREATE INDEX name_word_stream ON view.name_word (stream);

-- Whose keys are destroyed is found by no name any more.
CREATE FUNCTION view.forget_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM view.name_word w USING destroyed d WHERE w.stream = d.stream;
    RETURN NULL;
END $$;
CREATE TRIGGER names_are_forgotten AFTER DELETE ON keys.case_key
    REFERENCING OLD TABLE AS destroyed FOR EACH STATEMENT EXECUTE FUNCTION view.forget_names();

-- An empty copy beside the one in use, for a rebuild.
CREATE FUNCTION view.begin_names() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DROP TABLE IF EXISTS view.name_word_new;
    CREATE TABLE view.name_word_new (LIKE view.name_word INCLUDING ALL);
    GRANT SELECT, INSERT ON view.name_word_new TO jejak_ledger;
END $$;

-- The copy takes its place, without those whose keys were destroyed meanwhile. In one transaction with finish_rebuild,
-- and the progress locked first, as the projector does.
CREATE FUNCTION view.finish_names() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM view.progress FOR UPDATE;
    DELETE FROM view.name_word_new w WHERE NOT EXISTS (SELECT FROM keys.case_key k WHERE k.stream = w.stream);
    ANALYZE view.name_word_new;
    DROP TABLE view.name_word;
    ALTER TABLE view.name_word_new RENAME TO name_word;
    ALTER INDEX view.name_word_new_pkey RENAME TO name_word_pkey;
    ALTER INDEX view.name_word_new_stream_idx RENAME TO name_word_stream;
END $$;

REVOKE EXECUTE ON FUNCTION view.forget_names(), view.begin_names(), view.finish_names() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION view.begin_names(), view.finish_names() TO jejak_ledger;
GRANT SELECT, INSERT ON view.name_word TO jejak_ledger;
