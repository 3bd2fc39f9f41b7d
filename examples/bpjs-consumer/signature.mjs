// Whether a message comes from the installation: its signature must fit its attributes and the bytes of its data.
import { createRemoteJWKSet, flattenedVerify } from "jose";
import { jejak } from "./settings.mjs";

// Fetched every ten minutes, and when a message names an unknown key, at most once a second.
const keys = createRemoteJWKSet(new URL("/bpjs/keys", jejak), { cooldownDuration: 1000 });
const forged = /^ERR_(JWS|JOSE_(ALG|NOT)|JWKS_(NO|MULTIPLE))_/; // any other error: the keys cannot be fetched now

// The signed attributes; null where the attributes or the data differ from what was signed.
export async function verified({ signature: jws = "", ...attributes }, text) {
  const [header, , signature] = jws.split(".");
  const parts = { protected: header, payload: new TextEncoder().encode(text), signature };
  const checked = await flattenedVerify(parts, keys, { algorithms: ["ES256"] }).catch((error) => {
    if (!forged.test(error.code)) throw error;
  });
  const ce = checked?.protectedHeader.ce;
  return ce && Object.keys(ce).every((name) => attributes[name] === ce[name]) ? ce : null;
}

// The parts of a line of the stream: its attributes, and the bytes of its data, which stand last and are signed.
export function parted(line) {
  const at = line.indexOf(',"data":');
  try {
    return [JSON.parse(`${line.slice(0, at)}}`), line.slice(at + 8, -1)];
  } catch {
    return [{}, ""];
  }
}
