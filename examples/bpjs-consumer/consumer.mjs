// Reads what offices ask of BPJS, keeps each message once, and answers. README.md says how to run it.
import { addAbortSignal } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import { decide } from "./decide.mjs";
import { linesOf, post, saidAfter } from "./http.mjs";
import { opened } from "./personal.mjs";
import { answerBy, group, kafka, topic } from "./settings.mjs";
import { parted, verified } from "./signature.mjs";
import * as store from "./store.mjs";

const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => stop.abort());

// When this returns, the message is kept, and with it what is answered. What the installation has not signed stops
// nothing; a store that fails, or keys that cannot be had, do, and then nothing is committed.
async function take(attributes, text, way, where) {
  const signed = await verified(attributes, text);
  if (!signed) return console.error(`PASSED OVER ${where}: not signed by the installation`);
  const { id, type, position, sequence, epoch } = signed;
  const data = JSON.parse(text);
  if (store.epoch() !== epoch) {
    if (way === "kafka" && store.epoch() && !store.isOver(epoch)) goneBackTo(epoch);
    if (store.isOver(epoch)) return console.error(`PASSED OVER ${where}: of an epoch that is over`); // or it has come again
    store.begin(epoch);
  }
  if (type === "id.jejak.bpjs.reply.settled.v1") return settled(data, epoch, sequence);
  if (store.again({ id, position, epoch }, data, way)) return;
  const name = type.split(".").slice(3, -1).join("."); // of id.jejak.bpjs.submission.v1
  const [personal, parked] = await opened(data).catch(({ name }) => [null, `its person cannot be read (${name})`]);
  const replies = name === "submission" && personal ? decide(data, JSON.parse(personal)) : [];
  store.keep({ id, name, position, epoch, way }, data, personal, parked, replies);
  console.log(`${way}: ${name} ${data.submission}${parked ? ` PARKED: ${parked}` : ""}`);
}

const askedFor = new Set(); // epochs that the topic named before the installation did over HTTP
let confirmed = false; // the installation has just said over HTTP that ours is the epoch of the ledger

// The topic names an epoch that we do not know. If the ledger went back to an earlier state, what it says now is read
// over HTTP first, from the beginning. If HTTP then stays with our epoch, the other one was over before we knew of it.
function goneBackTo(epoch) {
  if (confirmed && askedFor.has(epoch)) return store.end(epoch);
  askedFor.add(epoch);
  throw new Error(`the topic names the epoch ${epoch}, which is not known`);
}

// What became of an answer of ours. One that is kept waits for a person; he may call you.
function settled({ id, state, reason = "", contradicts }, epoch, sequence) {
  const isNews = store.settled({ id, state, reason, contradicts, epoch, sequence });
  if (isNews) console.log(`answer ${id}: ${state} ${reason}`);
}

// First what was said while we were away, however long that was; then the topic.
async function read() {
  const { cursor, body } = await saidAfter(store.cursor(), stop.signal);
  for await (const line of linesOf(body)) {
    const [attributes, text] = parted(line);
    await take(attributes, text, "http", `a line of ${line.length} characters over HTTP`);
  }
  confirmed = Boolean(cursor);
  for (const { submission } of store.lost()) console.error(`LOST ${submission}: ask the office before you act on it`);
  const consumer = new Consumer({ ...kafka, ...group, autocommit: false, deserializers: stringDeserializers });
  try {
    const stream = await consumer.consume({ topics: [topic, `${topic}.replies.settled`], mode: "committed", fallbackMode: "earliest" });
    console.log(`reading ${topic}`);
    for await (const { headers, value, commit, topic, partition, offset } of addAbortSignal(stop.signal, stream)) {
      const attributes = Object.fromEntries([...headers].map(([name, value]) => [name.replace(/^ce_/, ""), value]));
      await take(attributes, value ?? "", "kafka", `${topic}/${partition}/${offset}`);
      await commit();
    }
  } finally {
    await consumer.close(true);
  }
}

async function answer() {
  const ce = { ce_specversion: "1.0", ce_type: "id.jejak.bpjs.reply.v1", ce_source: "/bpjs-consumer" };
  const message = ({ id, key, value }) => ({ topic: `${topic}.replies`, key, value, headers: { ...ce, ce_id: id } });
  const producer = new Producer({ ...kafka, idempotent: true, serializers: stringSerializers });
  try {
    for (let replies; !stop.signal.aborted && (replies = store.unsent()); await pause(200)) {
      if (replies.length && answerBy === "kafka") await producer.send({ messages: replies.map(message) });
      const wrong = replies.length && answerBy === "http" ? await post(replies) : [];
      store.sent(replies, wrong); // if this is not reached, they are sent again under the same ids: no harm
    }
  } finally {
    await producer.close(true);
  }
}

async function forever(what, work) {
  for (let seconds = 1; !stop.signal.aborted; seconds = Math.min(seconds * 2, 15)) {
    await work().catch((error) => stop.signal.aborted || console.error(`${what}: ${error.message}; it is tried again`));
    await pause(seconds * 1000, null, { signal: stop.signal }).catch(() => {});
  }
}

await Promise.all([forever("reading", read), forever("answering", answer)]);
