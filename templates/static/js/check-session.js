// Is somebody's session still the one that an application knows? OpenID Connect Session Management 1.0 §3.2, §3.3.
// The application's page sends "client_id session_state" and gets "unchanged", "changed" or "error", alone.
const cookie = document.currentScript.dataset.cookie + "=";

function state() {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(cookie));
  return found ? found.slice(cookie.length) : "";
}

async function digest(text) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A browser may keep our cookies from a frame in another site's page: then nothing can be said, and "changed" would make
// the application ask again and again.
async function isBlind() {
  return Boolean(document.hasStorageAccess) && !(await document.hasStorageAccess());
}

async function answer(message, origin) {
  const parts = typeof message === "string" && message.length <= 1024 ? message.split(" ") : [];
  const salt = parts.length === 2 ? parts[1].split(".")[1] : "";
  if (!salt || origin === "null") return "error";
  try {
    const now = state();
    if (!now && (await isBlind())) return "error";
    // Nobody is signed in here: whoever was is not any more.
    const known = await digest(`${parts[0]} ${origin} ${now} ${salt}`);
    return now && parts[1] === `${known}.${salt}` ? "unchanged" : "changed";
  } catch {
    return "error";
  }
}

addEventListener("message", async (event) => {
  if (!event.source || event.source === window) return;
  const word = await answer(event.data, event.origin);
  // A sandboxed page has no origin that could be named, and gets no word.
  if (event.origin !== "null") event.source.postMessage(word, event.origin);
});
