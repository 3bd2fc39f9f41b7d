// Whether the installation says so: its signature, the attributes and the bytes of the data belong together.
import { createRemoteJWKSet, flattenedVerify } from "jose";
import { jejak } from "./settings.mjs";

// Asked for every ten minutes, and when a message names a key that is not among them, at most once a second.
const keys = createRemoteJWKSet(new URL("/bpjs/keys", jejak), { cooldownDuration: 1000 });
const forged = /^ERR_(JWS|JOSE_(ALG|NOT)|JWKS_(NO|MULTIPLE))_/; // any other error: the keys cannot be had now

// The attributes that are signed; null where they, or the data, are not what was signed.
export async function verified({ signature: jws = "", ...attributes }, text) {
  const [header, , signature] = jws.split(".");
  const parts = { protected: header, payload: new TextEncoder().encode(text), signature };
  const checked = await flattenedVerify(parts, keys, { algorithms: ["ES256"] }).catch((error) => {
    if (!forged.test(error.code)) throw error;
  });
  const ce = checked?.protectedHeader.ce;
  return ce && Object.keys(ce).every((name) => attributes[name] === ce[name]) ? ce : null;
}

// A line of the feed: its attributes, and its data as it was signed, which stands last.
export function parted(line) {
  const at = line.indexOf(',"data":');
  try {
    return [JSON.parse(`${line.slice(0, at)}}`), line.slice(at + 8, -1)];
  } catch {
    return [{}, ""];
  }
}
