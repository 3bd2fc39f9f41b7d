// Checks as one types, on the form of a new application. They only warn: the service judges what is sent.
"use strict";

const YEAR = 10, MONTH = 8, DAY = 6, WOMAN = 40, MB = 1024 * 1024;
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
  const text = field.value, wanted = Number(field.dataset.angka);
  const place = document.getElementById(`${field.id}-kata`);
  if (!text) return say(place, "");
  if (/\D/.test(text)) return say(place, "Hanya angka, tanpa spasi dan tanda baca.");
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
