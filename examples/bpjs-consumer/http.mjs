// Jejak over HTTP: what was ever said, from any place on; and the other way to answer.
import { clientId, clientSecret, jejak, scope, token, tokenUrl } from "./settings.mjs";

async function ask(url, options) {
  const response = await fetch(url, options);
  if (response.ok) return response;
  throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
}

async function authorized() {
  if (token) return { authorization: `Bearer ${token}` };
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope };
  const granted = await ask(tokenUrl, { method: "POST", body: new URLSearchParams(form) });
  return { authorization: `Bearer ${(await granted.json()).access_token}` };
}

export async function* saidAfter(cursor, signal) {
  const { body } = await ask(`${jejak}/bpjs/submissions?cursor=${cursor}`, { headers: await authorized(), signal });
  let rest = "";
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop();
    yield* lines.map((line) => JSON.parse(line));
  }
}

export async function post(replies) {
  const headers = { ...(await authorized()), "content-type": "application/x-ndjson" };
  const body = replies.map(({ value }) => value).join("\n");
  const told = await (await ask(`${jejak}/bpjs/replies`, { method: "POST", headers, body })).json();
  if (told.wrong) console.error(`replies that could not be read: ${JSON.stringify(told.replies)}`);
}
