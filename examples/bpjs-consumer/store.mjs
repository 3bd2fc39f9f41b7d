// What was read and what is to be answered, in one SQLite file: both in one transaction, or neither.
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { database } from "./settings.mjs";

const db = new DatabaseSync(database, { timeout: 5000 });
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, name TEXT, submission TEXT, position INTEGER,
    data TEXT, personal TEXT, parked TEXT, way TEXT, times INTEGER DEFAULT 1);
  CREATE TABLE IF NOT EXISTS reply (number INTEGER PRIMARY KEY, id TEXT, key TEXT, value TEXT, sent INTEGER)`);
const sql = db.createTagStore();

export const unsent = () => sql.all`SELECT * FROM reply WHERE sent IS NULL ORDER BY number LIMIT 500`;
export const sent = (replies) => replies.forEach(({ id }) => sql.run`UPDATE reply SET sent = 1 WHERE id = ${id}`);

// Where to read on over HTTP: after the last that came so, but from the first that is parked.
export const cursor = () => sql.get`SELECT min(coalesce(max(position) FILTER (WHERE way = 'http'), 0),
  coalesce(min(position) FILTER (WHERE parked IS NOT NULL) - 1, 1e15)) AS place FROM message`.place;

// Whether it is kept already. Whoever was forgotten there is then forgotten here.
export const again = (id, { personal }, way) => sql.run`UPDATE message SET times = times + 1,
  way = iif(${way} = 'http', 'http', way), personal = iif(${personal ? 1 : 0}, personal, NULL)
  WHERE id = ${id} AND parked IS NULL`.changes > 0;

export function keep({ id, name, position, way }, { personal: _, ...data }, personal, parked, replies) {
  db.exec("BEGIN IMMEDIATE");
  try {
    sql.run`INSERT OR REPLACE INTO message (id, name, submission, position, data, personal, parked, way) VALUES (${id},
      ${name}, ${data.submission}, ${Number(position)}, ${JSON.stringify(data)}, ${personal}, ${parked}, ${way})`;
    if (name === "submission.withdrawn") sql.run`DELETE FROM reply WHERE key = ${data.submission} AND sent IS NULL`;
    replies.forEach((one) => answer(data.submission, one));
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

export function answer(submission, given) {
  const body = { id: randomUUID(), submission, ...given, replied_at: new Date().toISOString() };
  sql.run`INSERT INTO reply (id, key, value) VALUES (${body.id}, ${submission}, ${JSON.stringify(body)})`;
}
