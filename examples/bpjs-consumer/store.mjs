// The messages read and the answers to send, in one SQLite file. A message and its answers share a transaction.
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { database } from "./settings.mjs";

const db = new DatabaseSync(database, { timeout: 5000 });
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, name TEXT, submission TEXT, position INTEGER,
    epoch TEXT, data TEXT, personal TEXT, parked TEXT, way TEXT, times INTEGER DEFAULT 1);
  CREATE TABLE IF NOT EXISTS reply (number INTEGER PRIMARY KEY, id TEXT, key TEXT, value TEXT, urgent INTEGER,
    sent INTEGER, wrong TEXT);
  CREATE TABLE IF NOT EXISTS settled (id TEXT, contradicts INTEGER, state TEXT, reason TEXT, epoch TEXT,
    sequence INTEGER, PRIMARY KEY (id, contradicts));
  CREATE TABLE IF NOT EXISTS ledger (epoch TEXT)`);
const sql = db.createTagStore();

// Emergencies first.
export const unsent = () => sql.all`SELECT * FROM reply WHERE sent IS NULL ORDER BY urgent DESC, number LIMIT 500`;
export function sent(replies, wrong) {
  replies.forEach(({ id }) => sql.run`UPDATE reply SET sent = 1 WHERE id = ${id}`);
  for (const { id, reason } of wrong) {
    console.error(`WRONG ${id}: ${reason}`);
    sql.run`UPDATE reply SET wrong = ${reason} WHERE id = ${id}`;
  }
}

// Whether this outcome is newer than the stored one: an old message may come again.
export const settled = ({ id, state, reason, contradicts, epoch, sequence }) => sql.run`INSERT INTO settled AS known
  (id, contradicts, state, reason, epoch, sequence)
  VALUES (${id}, ${contradicts ? 1 : 0}, ${state}, ${reason}, ${epoch}, ${Number(sequence)})
  ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason, epoch = excluded.epoch,
  sequence = excluded.sequence WHERE known.epoch <> excluded.epoch OR known.sequence < excluded.sequence`.changes > 0;

export const epoch = () => sql.get`SELECT epoch FROM ledger ORDER BY rowid DESC`?.epoch;
export const begin = (epoch) => sql.run`INSERT INTO ledger (epoch) VALUES (${epoch})`;
// Notes an epoch that was over before this store knew of it: before all others.
export const end = (epoch) => sql.run`INSERT INTO ledger (rowid, epoch) SELECT min(rowid) - 1, ${epoch} FROM ledger`;
export const isOver = (epoch) => epoch !== undefined && sql.get`SELECT 1 FROM ledger WHERE epoch = ${epoch}`;
// The messages of an epoch that is over which have not come again.
export const lost = () => sql.all`SELECT submission FROM message WHERE epoch <> ${epoch() ?? null}`;

// Where to read on over HTTP: after the last message that came over HTTP, but from the first parked one, if any.
export function cursor() {
  const { place } = sql.get`SELECT min(coalesce(max(position) FILTER (WHERE way = 'http'), 0),
    coalesce(min(position) FILTER (WHERE parked IS NOT NULL) - 1, 1e15)) AS place
    FROM message WHERE epoch = ${epoch() ?? null}`;
  return place ? `${epoch()}.${place}` : epoch() && `${epoch()}.0`;
}

// Whether the message is stored already. If it now comes without `personal`, the person was forgotten: deletes it here.
export const again = ({ id, position, epoch }, { personal }, way) => sql.run`UPDATE message SET times = times + 1,
  position = ${Number(position)}, epoch = ${epoch},
  way = iif(${way} = 'http', 'http', way), personal = iif(${personal ? 1 : 0}, personal, NULL)
  WHERE id = ${id} AND parked IS NULL`.changes > 0;

export function keep({ id, name, position, epoch, way }, { personal: _, ...data }, personal, parked, replies) {
  db.exec("BEGIN IMMEDIATE");
  try {
    sql.run`INSERT OR REPLACE INTO message (id, name, submission, position, epoch, data, personal, parked, way)
      VALUES (${id}, ${name}, ${data.submission}, ${Number(position)}, ${epoch}, ${JSON.stringify(data)}, ${personal},
      ${parked}, ${way})`;
    // The submission was withdrawn, or is replaced by this one: drop its unsent answers.
    const over = name === "submission.withdrawn" ? data.submission : (data.previous ?? null);
    sql.run`DELETE FROM reply WHERE key = ${over} AND sent IS NULL`;
    replies.forEach((one) => answer(data.submission, one, data.kind === "emergency"));
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

export function answer(submission, given, urgent = false) {
  const body = { id: randomUUID(), submission, ...given, replied_at: new Date().toISOString() };
  sql.run`INSERT INTO reply (id, key, value, urgent)
    VALUES (${body.id}, ${submission}, ${JSON.stringify(body)}, ${urgent ? 1 : 0})`;
}
