// Decrypts the personal data of a message with the one of our private keys that it is encrypted to.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { generalDecrypt, importJWK } from "jose";
import { keyFolder } from "./settings.mjs";

// [text, null]; or [null, the reason why it cannot be decrypted now and what to do]; [null, null] without personal data.
export async function opened({ submission, personal }) {
  if (!personal) return [null, null];
  const keys = await ourKeys(); // read each time: a key may be added while the program runs
  const recipients = personal.recipients.filter(({ header }) => keys.has(header.kid)).slice(0, 1);
  const kids = personal.recipients.map(({ header }) => header.kid).join(" or ");
  if (!recipients.length) return [null, `put private key ${kids} into ${keyFolder}, or have yours added; restart`];
  const { kid, alg } = recipients[0].header;
  const open = await generalDecrypt({ ...personal, recipients }, await importJWK(keys.get(kid), alg)).catch(() => null);
  if (!open) return [null, `key ${kid} in ${keyFolder} is not the one that belongs to our public key; mend, restart`];
  const text = new TextDecoder().decode(open.plaintext);
  if (JSON.parse(text).submission === submission) return [text, null];
  return [null, "its person belongs to another submission: do not use it, call the installation"];
}

async function ourKeys() {
  const files = (await readdir(keyFolder)).filter((name) => name.endsWith(".json"));
  const keys = await Promise.all(files.map(async (name) => JSON.parse(await readFile(join(keyFolder, name), "utf8"))));
  return new Map(keys.map((key) => [key.kid, key]));
}
