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

// When this returns, the message and its answers are stored. A message that the installation has not signed is skipped.
// If the store fails, or the installation's keys cannot be fetched, this throws, and the offset is not committed.
async function take(attributes, text, way, where) {
  const signed = await verified(attributes, text);
  if (!signed) return console.error(`PASSED OVER ${where}: not signed by the installation`);
  const { id, type, position, sequence, epoch } = signed;
  const data = JSON.parse(text);
  if (store.epoch() !== epoch) {
    if (way === "kafka" && store.epoch() && !store.isOver(epoch)) goneBackTo(epoch);
    if (store.isOver(epoch)) return console.error(`PASSED OVER ${where}: of an epoch that is over`); // HTTP has its messages
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

const askedFor = new Set(); // epochs that came on the topic before they came over HTTP
let confirmed = false; // HTTP has just accepted our cursor, so our epoch is the ledger's present one

// The topic names an unknown epoch. If the ledger went back to an earlier state, its messages are first read again over
// HTTP, from the beginning. If our epoch is still valid over HTTP, the unknown epoch is one that is already over.
function goneBackTo(epoch) {
  if (confirmed && askedFor.has(epoch)) return store.end(epoch);
  askedFor.add(epoch);
  throw new Error(`the topic names the epoch ${epoch}, which is not known`);
}

// The outcome of one of our answers. An answer in the state `kept` waits for a person, who may call you.
function settled({ id, state, reason = "", contradicts }, epoch, sequence) {
  const isNews = store.settled({ id, state, reason, contradicts, epoch, sequence });
  if (isNews) console.log(`answer ${id}: ${state} ${reason}`);
}

// First the messages published while this program was down, for any length of time; then the topic.
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
      store.sent(replies, wrong); // after a crash before this line they are sent again with the same ids: no harm
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
