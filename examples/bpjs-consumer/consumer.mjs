// Reads what offices ask of BPJS, keeps each message once, and answers. README.md says how to run it.
import { addAbortSignal } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import { decide } from "./decide.mjs";
import { post, saidAfter } from "./http.mjs";
import { opened } from "./personal.mjs";
import { answerBy, group, kafka, topic } from "./settings.mjs";
import * as store from "./store.mjs";

const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => stop.abort());

// When this returns, the message is kept, and with it what is answered.
async function take({ id, type, position }, data, way) {
  if (store.again(id, data, way)) return;
  const name = type.split(".").slice(3, -1).join("."); // of id.jejak.bpjs.submission.v1
  const [personal, parked] = await opened(data).catch(({ name }) => [null, `its person cannot be read (${name})`]);
  const replies = name === "submission" && personal ? decide(data, JSON.parse(personal)) : [];
  store.keep({ id, name, position, way }, data, personal, parked, replies);
  console.log(`${way}: ${name} ${data.submission}${parked ? ` PARKED: ${parked}` : ""}`);
}

// First what was said while we were away, however long that was; then the topic.
async function read() {
  for await (const { data, ...event } of saidAfter(store.cursor(), stop.signal)) await take(event, data, "http");
  const consumer = new Consumer({ ...kafka, ...group, autocommit: false, deserializers: stringDeserializers });
  try {
    const stream = await consumer.consume({ topics: [topic], mode: "committed", fallbackMode: "earliest" });
    console.log(`reading ${topic}`);
    for await (const { headers, value, commit, partition, offset } of addAbortSignal(stop.signal, stream)) {
      const [id, type, position] = ["ce_id", "ce_type", "ce_position"].map((name) => headers.get(name));
      const ours = id && type?.startsWith("id.jejak.bpjs.") && (await new Response(value).json().catch(() => null));
      // What is no message of the contract stops nothing; a store that fails does, and then nothing is committed.
      if (ours?.submission?.trim) await take({ id, type, position }, ours, "kafka");
      else console.error(`PASSED OVER ${topic}/${partition}/${offset}`);
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
      if (replies.length && answerBy === "http") await post(replies);
      store.sent(replies); // if this is not reached, they are sent again under the same ids: no harm
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
