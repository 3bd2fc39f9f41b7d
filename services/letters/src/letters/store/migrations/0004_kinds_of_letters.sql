-- An office may have a form of its own for each kind of letter that a sheet knows.

ALTER TABLE letters.template
    DROP CONSTRAINT template_jenis_check,
    ADD CONSTRAINT template_jenis_check CHECK (jenis IN (
        '*', 'rekomendasi', 'usulan', 'penonaktifan', 'keterangan', 'pengantar', 'keputusan', 'pengesahan', 'penolakan'
    ));
