-- Letters sent to BSrE to be signed. A signature cannot be taken back, so a row stands before the request: a process that
-- ends meanwhile leaves it without an outcome, and the next one asks BSrE for the document. No passphrase is ever here.

CREATE TABLE letters.sent (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "case"          uuid NOT NULL,
    surat           text NOT NULL CHECK (surat <> ''),
    unsigned_sha256 bytea NOT NULL CHECK (octet_length(unsigned_sha256) = 32),
    pdf_sha256      bytea NOT NULL CHECK (octet_length(pdf_sha256) = 32),
    pdf_size        integer NOT NULL CHECK (pdf_size > 0),
    sent_at         timestamptz NOT NULL,
    document        text CHECK (document ~ '^[A-Za-z0-9._-]{1,100}$'),
    outcome         text CHECK (outcome IN ('tersimpan', 'ditolak', 'tidak_pasti', 'dibuang'))
);
COMMENT ON TABLE letters.sent IS 'Letters sent to BSrE, one row a request and letter.';
COMMENT ON COLUMN letters.sent.unsigned_sha256 IS 'The signature to be made, as in letters.signed.';
COMMENT ON COLUMN letters.sent.pdf_sha256 IS 'Of the PDF that was sent: the one that comes back begins with it.';
COMMENT ON COLUMN letters.sent.document IS 'BSrE''s id_dokumen, once its answer began.';
COMMENT ON COLUMN letters.sent.outcome IS
    'tersimpan: stored; ditolak: certainly not signed; tidak_pasti: perhaps signed; dibuang: signed wrongly.';
CREATE INDEX sent_of_letter ON letters.sent ("case", surat, unsigned_sha256, id);
-- A received file is looked up by its hash.
CREATE INDEX signed_by_hash ON letters.signed (sha256);

CREATE FUNCTION letters.note_sent(
    p_case uuid, p_surat text, p_unsigned_sha256 bytea, p_pdf_sha256 bytea, p_pdf_size integer
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO letters.sent ("case", surat, unsigned_sha256, pdf_sha256, pdf_size, sent_at)
    VALUES (p_case, p_surat, p_unsigned_sha256, p_pdf_sha256, p_pdf_size, es.now()) RETURNING id
$$;

CREATE FUNCTION letters.note_document(p_id bigint, p_document text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE letters.sent SET document = p_document WHERE id = p_id AND document IS NULL
$$;

CREATE FUNCTION letters.note_outcome(p_id bigint, p_outcome text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE letters.sent SET outcome = p_outcome WHERE id = p_id
$$;

GRANT EXECUTE ON FUNCTION letters.note_sent, letters.note_document, letters.note_outcome TO jejak_letters;
GRANT SELECT ON letters.sent TO jejak_letters;
