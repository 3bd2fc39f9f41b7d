// Jejak over HTTP: all messages from any position on; and the other way to answer.
import { clientId, clientSecret, jejak, scope, token, tokenUrl } from "./settings.mjs";

async function ask(url, options, ...expected) {
  const response = await fetch(url, options);
  if (response.ok || expected.includes(response.status)) return response;
  throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
}

async function authorized() {
  if (token) return { authorization: `Bearer ${token}` };
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope };
  const granted = await ask(tokenUrl, { method: "POST", body: new URLSearchParams(form) });
  return { authorization: `Bearer ${(await granted.json()).access_token}` };
}

// The lines after the cursor, and that cursor. If its epoch is over (409), everything is read again without a cursor.
export async function saidAfter(cursor, signal) {
  const url = `${jejak}/bpjs/submissions${cursor ? `?cursor=${cursor}` : ""}`;
  const { body, status } = await ask(url, { headers: await authorized(), signal }, 409);
  return status === 409 ? saidAfter(null, signal) : { cursor, body };
}

export async function* linesOf(body) {
  let rest = "";
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}

// The answers that Jejak could not read, with the reason: mend the program that made them before sending them again.
export async function post(replies) {
  const headers = { ...(await authorized()), "content-type": "application/x-ndjson" };
  const body = replies.map(({ value }) => value).join("\n");
  const answered = await ask(`${jejak}/bpjs/replies`, { method: "POST", headers, body }, 422);
  const told = (await answered.json()).replies.filter(({ outcome }) => outcome === "wrong");
  return told.map(({ index, reason }) => ({ id: replies[index].id, reason }));
}
