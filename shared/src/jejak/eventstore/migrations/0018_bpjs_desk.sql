-- The page of the BPJS desk is rendered by the read side: it reads what waits there, and writes nothing of it.

GRANT SELECT ON bpjs.waiting, bpjs.unplaced, bpjs.answer_file, bpjs.reply, bpjs.reply_key TO jejak_ledger;
