// Security keys and passkeys at sign-in. A form with data-signs holds a hidden `credential`, and says itself what to say.
"use strict";

const RENEW_MS = 4 * 60 * 1000; // A challenge lives five minutes.

function bytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// What to ask for, from the address that the form goes to.
async function options(form) {
  const body = new URLSearchParams(new FormData(form));
  body.set("action", "options");
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body, redirect: "error" });
  const asked = await answer.json();
  if (!answer.ok) throw Object.assign(new Error("refused"), { words: asked.message });
  const key = asked.publicKey;
  return {
    ...key,
    challenge: bytes(key.challenge),
    allowCredentials: key.allowCredentials.map((one) => ({ ...one, id: bytes(one.id) })),
  };
}

function json(credential) {
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle && userHandle.byteLength ? text(userHandle) : null,
    },
  });
}

for (const form of document.querySelectorAll("form[data-signs]")) {
  const button = form.querySelector("button[value=continue]");
  const problem = form.querySelector("[data-signing]");
  const title = document.title;
  const tell = (words) => {
    problem.hidden = !words;
    problem.lastElementChild.textContent = words;
    document.title = words && !title.startsWith(problem.dataset.error) ? `${problem.dataset.error} ${title}` : title;
  };
  let waiting = null; // The offer beside autofill, which a press of the button ends.
  let isAsking = false; // Not `disabled`: the button would lose the focus.

  const sign = async (how) => {
    const credential = await navigator.credentials.get({ publicKey: await options(form), ...how });
    form.elements.credential.value = json(credential);
    const shared = document.getElementById("shared_computer");
    if (form.elements.is_shared && shared) form.elements.is_shared.value = shared.checked ? "1" : "";
    form.requestSubmit(button);
  };

  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (isAsking) return;
    tell("");
    if (!window.PublicKeyCredential) return tell(problem.dataset.unknown);
    waiting?.abort();
    isAsking = true;
    try {
      await sign({});
    } catch (error) {
      tell(error.words || problem.dataset.cancelled);
      if (form.dataset.signs === "passkey") offer();
    } finally {
      isAsking = false;
    }
  });

  // Passkeys in the list that opens at the field of the customer ID. Without this the button is as good.
  const offer = async () => {
    if (!(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
    const mine = new AbortController();
    waiting = mine;
    const renewal = setTimeout(() => { mine.abort(); offer(); }, RENEW_MS);
    mine.signal.addEventListener("abort", () => clearTimeout(renewal));
    try {
      await sign({ mediation: "conditional", signal: mine.signal });
    } catch {
      clearTimeout(renewal);
    }
  };

  if (form.dataset.signs === "passkey" && window.PublicKeyCredential) {
    form.hidden = false;
    offer();
  }
}
