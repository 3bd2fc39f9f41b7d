// On the form of a new application: checks as one types, and drafts for when the line is down.
// The checks only warn: the service judges what is sent. Without script the form works all the same.
"use strict";

const YEAR = 10, MONTH = 8, DAY = 6, WOMAN = 40, MB = 1024 * 1024;
/** What the service takes from between the digits of a number. */
const BETWEEN = /[\s.'_\p{Pd}\p{Cf}\u2212]/gu;
const form = document.getElementById("permohonan");

function say(place, words) {
  if (place && place.textContent !== words) place.textContent = words;
}

/** What is odd about a NIK, against the date of birth and the region of the office; "" for nothing. */
function oddNik(nik, born, region) {
  const part = (from) => Number(nik.slice(from, from + 2));
  const day = part(DAY) > WOMAN ? part(DAY) - WOMAN : part(DAY);
  const [year, month, date] = born ? born.split("-").map(Number) : [];
  if (born && (day !== date || part(MONTH) !== month || part(YEAR) !== year % 100)) {
    return "Tanggal lahir di dalam NIK berbeda dari tanggal lahir yang diisi. Cocokkan dengan KTP.";
  }
  if (region && !nik.startsWith(region)) {
    return "NIK ini dikeluarkan di kabupaten atau kota lain. Boleh; pastikan pemohon kini warga sini.";
  }
  return "";
}

/** Checks one number. While it is being typed a short one is not yet wrong. */
function checkNumber(field, typing) {
  const text = field.value.normalize("NFKC").replace(BETWEEN, ""), wanted = Number(field.dataset.angka);
  const place = document.getElementById(`${field.id}-kata`);
  if (!text) return say(place, "");
  if (/\D/.test(text)) return say(place, "Hanya angka.");
  if (text.length !== wanted) return say(place, typing ? "" : `Baru ${text.length} dari ${wanted} angka.`);
  const born = document.getElementById(field.dataset.lahir || "");
  return say(place, field.dataset.lahir ? oddNik(text, born ? born.value : "", field.dataset.wilayah) : "");
}

/** Says before sending what would be too large or too many. */
function checkSizes() {
  const place = document.getElementById("ukuran"), limit = place.dataset;
  const files = [...form.querySelectorAll('input[type="file"]')].flatMap((one) => [...one.files]);
  const all = files.reduce((sum, one) => sum + one.size, 0);
  const large = files.find((one) => one.size > limit.tiap * MB);
  if (large) return say(place, `Berkas ${large.name} lebih dari ${limit.tiap} MB. Perkecil fotonya.`);
  if (files.length > limit.berkas) return say(place, `Lebih dari ${limit.berkas} berkas. Kirim sisanya menyusul.`);
  return say(place, all > limit.semua * MB ? `Semua berkas lebih dari ${limit.semua} MB. Kirim sebagian dahulu.` : "");
}

if (form) {
  const numbers = [...form.querySelectorAll("[data-angka]")];
  for (const field of numbers) {
    field.addEventListener("input", () => checkNumber(field, true));
    field.addEventListener("change", () => checkNumber(field, false));
  }
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") checkSizes();
    for (const field of numbers) if (field.dataset.lahir === event.target.id) checkNumber(field, false);
  });
}

// Drafts. One is kept when the service cannot be reached, and sent by the official who made it, under the key that the
// form had: sent twice, it is one application. Its time of receipt is this device's, when it was kept.

const KEPT_DAYS = 7, DAY_MS = 86400000, PROBE_MS = 4000, MINUTE_MS = 60000;
const OWN = ["_tanda", "_kunci"];

/** Runs one request on the store of drafts. */
function drafts(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("jejak-loket", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("draf", { keyPath: "kunci" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const work = opening.result.transaction("draf", mode);
      const request = act(work.objectStore("draf"));
      work.oncomplete = () => { opening.result.close(); resolve(request.result); };
      work.onabort = () => { opening.result.close(); reject(work.error); };
    };
  });
}

/** Whether the service answers; a line that is up but leads nowhere counts as down. */
async function reachable() {
  try {
    return (await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(PROBE_MS) })).ok;
  } catch {
    return false;
  }
}

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/** This moment on the office's wall clock, as a field for date and time holds it. */
function nowThere(zone) {
  const [hours, minutes] = zone.split(":").map(Number);
  return new Date(Date.now() + (hours * 60 + minutes) * MINUTE_MS).toISOString().slice(0, 16);
}

/** Keeps what is on the form, and empties it for the next applicant. */
async function keep() {
  if (!form.elements.diterima.value) form.elements.diterima.value = nowThere(form.elements._zona.value);
  const said = ([name, value]) => !OWN.includes(name) && (typeof value === "string" || value.size);
  const fields = [...new FormData(form)].filter(said);
  await drafts("readwrite", (store) => store.put({
    kunci: form.elements._kunci.value, alamat: form.getAttribute("action"), oleh: form.dataset.oleh, isi: fields,
    nama: form.elements["pemohon.name"].value, disimpan: Date.now(),
  }));
  form.reset();
  form.elements._kunci.value = newKey();
  for (const place of form.querySelectorAll(".periksa")) say(place, "");
}

function discard(key) {
  return drafts("readwrite", (store) => store.delete(key));
}

/** Sends one draft. What came of it: the address of its receipt, or in words why it was not taken. */
async function send(draft) {
  const body = new FormData();
  body.set("_tanda", form.elements._tanda.value);
  body.set("_kunci", draft.kunci);
  for (const [name, value] of draft.isi) body.append(name, value);
  const answer = await fetch(draft.alamat, { method: "POST", body });
  if (answer.ok && answer.url.endsWith("/tanda-terima")) return { resi: new URL(answer.url).pathname };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { sebab: page.querySelector('[role="alert"]')?.textContent || "Belum diterima; buka, lalu kirim lagi." };
}

let sending = false;

/** Sends every draft of this official, one after the other, and says what came of each. */
async function sendAll() {
  if (sending || !(await reachable())) return;
  sending = true;
  try {
    for (const draft of await drafts("readonly", (store) => store.getAll())) {
      const lookedAt = draft.kunci === form.elements._kunci.value;
      if (draft.oleh !== form.dataset.oleh || lookedAt) continue;
      const told = await send(draft).catch(() => null);
      if (told === null) break;
      if (told.resi) sent(draft, told.resi);
      await (told.resi ? discard(draft.kunci) : drafts("readwrite", (store) => store.put({ ...draft, ...told })));
    }
  } finally {
    sending = false;
    await show();
  }
}

function element(tag, words, more = {}) {
  return Object.assign(document.createElement(tag), { textContent: words }, more);
}

function sent(draft, address) {
  const line = element("li", `Terkirim: ${draft.nama}. `);
  line.append(element("a", "Tanda terima", { href: address }));
  document.getElementById("terkirim").append(line);
}

/** Puts a draft back on the form, to be looked over and sent from there. */
function open(draft) {
  form.reset();
  form.elements._kunci.value = draft.kunci;
  for (const [name, value] of draft.isi) {
    const fields = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
    if (typeof value !== "string") {
      const chosen = new DataTransfer();
      for (const one of [...fields[0].files, value]) chosen.items.add(one);
      fields[0].files = chosen.files;
    } else if (fields[0].type === "checkbox" || fields[0].type === "radio") {
      for (const one of fields) one.checked ||= one.value === value;
    } else fields[0].value = value;
  }
  form.elements["pemohon.name"].focus();
}

/** The list of drafts: those that are too old are gone, those of another official can only be thrown away. */
async function show() {
  const all = await drafts("readonly", (store) => store.getAll());
  const old = all.filter((one) => Date.now() - one.disimpan > KEPT_DAYS * DAY_MS);
  for (const one of old) await discard(one.kunci);
  const kept = all.filter((one) => !old.includes(one));
  document.getElementById("draf").hidden = !kept.length && !document.getElementById("terkirim").children.length;
  document.getElementById("daftar-draf").replaceChildren(...kept.map(line));
}

function line(draft) {
  const own = draft.oleh === form.dataset.oleh, at = new Date(draft.disimpan).toLocaleString("id-ID");
  const words = own ? `${draft.nama}, disimpan ${at}. ${draft.sebab || ""}` : `Draf petugas lain, disimpan ${at}.`;
  const item = element("li", words);
  const buttons = element("div", "", { className: "deret" });
  const button = (verb, act) => {
    const made = element("button", verb, { type: "button", className: "kedua" });
    made.setAttribute("aria-label", own ? `${verb} draf ${draft.nama}` : `${verb} draf petugas lain`);
    made.addEventListener("click", act);
    buttons.append(made);
  };
  if (own && draft.alamat === form.getAttribute("action")) button("Buka", () => open(draft));
  button("Hapus", async () => {
    await discard(draft.kunci);
    await show();
  });
  item.append(buttons);
  return item;
}

async function submitted() {
  const key = form.elements._kunci.value;
  if (await reachable()) {
    try {
      await discard(key);
    } finally {
      form.submit();
    }
    return;
  }
  try {
    await keep();
    await show();
    document.getElementById("daftar-draf").focus();
  } catch {
    say(document.getElementById("ukuran"), "Jaringan putus, dan draf tidak dapat disimpan di sini. Kirim lagi nanti.");
  }
}

if (form && "indexedDB" in window) {
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    await submitted();
    busy = false;
  });
  document.getElementById("kirim-draf").addEventListener("click", sendAll);
  window.addEventListener("online", sendAll);
  show().then(sendAll, () => null); // where nothing can be stored there is nothing to send
}
