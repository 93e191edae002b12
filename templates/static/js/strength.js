// How hard a password is to guess, as a rough word for whoever chooses it. Nothing leaves the page, and the server decides.
"use strict";

const RUNS = ["abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba", "01234567890", "09876543210", "qwertyuiop", "azertyuiop", "qwertzuiop", "asdfghjkl", "qsdfghjklm", "zxcvbnm", "wxcvbn"];
const WORDS = /p[a4@][s5$][s5$]w[o0]r[dt]|passe|motdepasse|bonjour|welcome|bienvenue|letmein|admin|login|iloveyou|jetaime|secret|soleil|monkey|dragon|master|hello|football|qwerty|azerty|19\d\d|20\d\d/g;

// What a guesser gets for nothing counts as one character: runs of the keyboard, repeats, common words, what is known of the person.
function shortened(password, known) {
  let rest = password.toLowerCase();
  for (const word of known) rest = rest.split(word).join("\u0000");
  rest = rest.replace(WORDS, "\u0001").replace(/(.{1,6}?)\1+/gu, "$1");
  for (const run of RUNS) {
    for (let length = run.length; length > 2; length--) {
      for (let at = 0; at + length <= run.length; at++) rest = rest.split(run.slice(at, at + length)).join("\u0002");
    }
  }
  return rest;
}

function bits(password, known) {
  const pools = [[/\p{Ll}/u, 26], [/\p{Lu}/u, 26], [/\p{N}/u, 10], [/[^\p{L}\p{N}]/u, 20], [/[^\u0000-\u007f]/u, 60]];
  const pool = pools.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
  const rest = [...shortened(password, known)];
  // Words of a language hold less than letters drawn by lot.
  return Math.min(rest.length * Math.log2(pool || 1), new Set(rest).size * 6) * 0.75;
}

function grade(password, minimum, known) {
  if ([...password.normalize("NFKC")].length < minimum) return 0;
  const found = bits(password, known);
  return found < 36 ? 1 : found < 48 ? 2 : found < 62 ? 3 : 4;
}

for (const panel of document.querySelectorAll("[data-strength]")) {
  const field = document.getElementById(panel.dataset.strength);
  const meter = panel.querySelector("meter");
  const status = panel.querySelector("[role=status]");
  const names = ["short", "weak", "fair", "good", "strong"];
  const known = () => panel.dataset.about.split(" ").filter(Boolean)
    .flatMap((id) => (document.getElementById(id)?.value || "").toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word.length > 2);
  let later;
  field.addEventListener("input", () => {
    panel.hidden = !field.value;
    const found = grade(field.value.slice(0, 256), Number(panel.dataset.minimum), known());
    meter.value = found;
    panel.dataset.grade = names[found];
    // Heard once the typing pauses, not at each key.
    clearTimeout(later);
    later = setTimeout(() => { status.textContent = panel.dataset[names[found]]; }, 400);
  });
}
