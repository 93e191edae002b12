// Setting a passkey or security key up: the browser makes one, and the form carries its answer. WebAuthn Level 3, §5.1.
"use strict";

{
  const form = document.getElementById("set-up");
  const problem = document.getElementById("key-problem");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const encoded = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const title = document.title;
  let isAsking = false;

  const creationOptions = () => {
    const options = JSON.parse(problem.dataset.options);
    options.challenge = bytes(options.challenge);
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = options.excludeCredentials.map((known) => ({ ...known, id: bytes(known.id) }));
    return options;
  };

  const told = (credential) => JSON.stringify({
    id: credential.id,
    rawId: encoded(credential.rawId),
    type: credential.type,
    response: {
      clientDataJSON: encoded(credential.response.clientDataJSON),
      attestationObject: encoded(credential.response.attestationObject),
      transports: credential.response.getTransports?.() ?? [],
    },
    clientExtensionResults: credential.getClientExtensionResults(),
  });

  const words = (error) => ({
    NotAllowedError: problem.dataset.cancelled,
    AbortError: problem.dataset.cancelled,
    InvalidStateError: problem.dataset.known,
    NotSupportedError: problem.dataset.unable,
    ConstraintError: problem.dataset.unable,
  })[error.name] ?? problem.dataset.failed;

  const show = (text) => {
    problem.querySelector("p").textContent = text;
    problem.hidden = false;
    if (!title.startsWith(problem.dataset.error)) document.title = `${problem.dataset.error} ${title}`;
    problem.focus();
  };

  // Before idp.js sees it: a form that is sent once could not be tried again after the person stopped the browser's question.
  document.addEventListener("submit", async (event) => {
    if (event.target !== form || form.elements.answer.value) return;
    event.preventDefault();
    event.stopPropagation();
    if (isAsking) return;
    isAsking = true;
    problem.hidden = true;
    document.title = title;
    try {
      if (!window.PublicKeyCredential) throw new DOMException("", "NotSupportedError");
      form.elements.answer.value = told(await navigator.credentials.create({ publicKey: creationOptions() }));
      form.requestSubmit(form.querySelector("button.primary"));
    } catch (error) {
      show(words(error));
    } finally {
      isAsking = false;
    }
  }, true);

  // Whoever comes back to the page by the back button asks anew.
  addEventListener("pageshow", () => { form.elements.answer.value = ""; });
}
