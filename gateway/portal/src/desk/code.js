// A code as it was typed or scanned, on every page of the desk: the same reading as everywhere, see the README of
// crypto-code, and that of the digits below the bars. No dependency, no build step.
"use strict";

const SEPARATES = /[\p{White_Space}\-\u058A\u05BE\u1400\u1806\u2010-\u2015\u2043\u2053\u207B\u208B\u2212\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u2E5D\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D\u{10EAD}.\u00B7\u2022\u2024\u2027\u2219\u22C5\u3002\u30FB\uFE52\uFF0E\uFF61\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u2800\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E007F}\u{E0100}-\u{E01EF}]/u;
const CONTROLS = /[\u0000-\u001F\u007F-\u009F]/g;
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOK_ALIKES = { O: 0, I: 1, L: 1, "ı": 1, "İ": 1 };

/** The typed letters, separators left out. */
function lettersOf(text) {
  return Array.from(text).filter((letter) => !SEPARATES.test(letter));
}

/** The value from 0 to 31 that a letter stands for; -1 for a foreign one. Case by ASCII, whatever the browser's language. */
function valueOf(letter) {
  const upper = letter.replace(/[a-z]/, (small) => String.fromCharCode(small.charCodeAt(0) - 32));
  return upper in LOOK_ALIKES ? LOOK_ALIKES[upper] : upper.length === 1 ? LETTERS.indexOf(upper) : -1;
}

/** The product in GF(32), built by x⁵ + x² + 1. */
function times(left, right) {
  let product = 0;
  for (let bit = 0; bit < 5; bit += 1) {
    if ((right >> bit) & 1) product ^= left;
    left <<= 1;
    if (left & 32) left ^= 37;
  }
  return product;
}

/** The place from 1 to 16 that alone explains the error, 0 when there is none, -1 when no single place explains it. */
function wrongPlace(values) {
  const at = (point) => values.reduce((sum, value) => times(sum, point) ^ value, 0);
  const first = at(2);
  const second = at(4);
  if (first === 0 && second === 0) return 0;
  for (let place = 16, product = first; place >= 1; place -= 1) {
    if (product === second) return place;
    product = times(product, 2);
  }
  return -1;
}

/** The code behind the digits below its bars: 26 of them, the sixteen values as one number; null for other texts. */
function codeOfDigits(text) {
  if (!/^[0-9]{26}$/.test(text)) return null;
  let number = BigInt(text);
  let code = "";
  for (let place = 0; place < 16; place += 1) {
    code = LETTERS[Number(number % 32n)] + code;
    number /= 32n;
  }
  return number === 0n ? code : null;
}

/** Reads what was typed: `code`, or `kind` of typing error with the place `at` to look at (0 for none) and what was `found`. */
function readCode(text) {
  const typed = lettersOf(text);
  const letters = Array.from(codeOfDigits(typed.join("")) || typed);
  if (letters.length !== 16) return { kind: "length", at: 0, found: letters.length };
  const values = letters.map(valueOf);
  const foreign = values.filter((value) => value < 0).length;
  const first = values.indexOf(-1);
  const place = wrongPlace(values.map((value) => Math.max(value, 0)));
  if (foreign > 0) {
    const explained = foreign === 1 && (place === 0 || place === first + 1);
    return { kind: "letter", at: explained ? first + 1 : 0, found: letters[first] };
  }
  if (place !== 0) return { kind: "checks", at: Math.max(place, 0) };
  return { code: values.map((value) => LETTERS[value]).join("") };
}

/** The one code in what a scanner sent, with whatever it put around it; null when there is none or more than one. */
function codeInScan(text) {
  const bare = text.replace(CONTROLS, "").replace(/^\][A-Za-z][0-9A-Za-z]/, "");
  const letters = lettersOf(bare);
  const digits = /(?<![0-9])[0-9]{26}(?![0-9])/.exec(letters.join(""));
  if (digits) return readCode(digits[0]).code || null;
  const found = [];
  for (let from = 0; from + 16 <= Math.min(letters.length, 40); from += 1) {
    const { code } = readCode(letters.slice(from, from + 16).join(""));
    if (code) found.push(code);
  }
  return found.length === 1 ? found[0] : null;
}

/** In fours, as people read it. Known letters in their one spelling, others as typed. */
function inFours(letters) {
  const shown = letters.map((letter) => (valueOf(letter) < 0 ? letter : LETTERS[valueOf(letter)]));
  return shown.join("").replace(/(.{4})(?=.)/gu, "$1-");
}
