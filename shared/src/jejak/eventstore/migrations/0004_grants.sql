-- Least privilege. Nothing here lets a service write a table.

GRANT USAGE ON SCHEMA es, keys
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;

-- All six read cases: the ledger renders them, the five decide on them.
GRANT SELECT ON es.stream, es.event, es.due, es.sop, es.kantor, es.dev_clock, es.blob, keys.case_key
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;
GRANT EXECUTE ON FUNCTION es.now()
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;
GRANT EXECUTE ON FUNCTION es.set_dev_clock(interval)
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;
-- Who is known where is asked at the counter, by the look-ups, and by inspectors.
GRANT SELECT ON es.person TO jejak_intake, jejak_verification, jejak_ledger;
GRANT SELECT ON es.event_json TO jejak_ledger;

GRANT EXECUTE ON FUNCTION
    es.append(uuid[], text[], bigint[], uuid[], text[], bytea[], timestamptz[], text[], timestamptz[], boolean[]),
    es.append_one(uuid, text, text, text, bigint, uuid, text, text, text, text, text, text, text, text, bytea, timestamptz,
                  text[], timestamptz[], boolean[]),
    es.claim(uuid, text, text, double precision),
    es.defer(uuid, text, text, interval, text),
    es.park(uuid, text, text, text),
    es.unpark(uuid, text)
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync;

GRANT EXECUTE ON FUNCTION es.put_blob(uuid, text[], bytea[], text[], int[])
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync;
GRANT EXECUTE ON FUNCTION keys.put_case_key(uuid, bytea, bytea), es.put_person(uuid, bytea[]) TO jejak_intake;
