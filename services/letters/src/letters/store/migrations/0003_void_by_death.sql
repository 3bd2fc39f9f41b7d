-- The participant has died: an ending of its own, after which no letter bears the number.
ALTER TABLE letters.void DROP CONSTRAINT void_sebab_check,
    ADD CONSTRAINT void_sebab_check CHECK (sebab IN ('selesai', 'tolak', 'kembalikan', 'ditarik', 'meninggal'));
