// Passkeys (WebAuthn Level 3). Their forms are there only where the browser can do them. What the authenticator
// answers is sent as the field `credential`, so the rest is a form like any other.

const passkeys = window.PublicKeyCredential ?? {};
const canDo =
  'parseRequestOptionsFromJSON' in passkeys && 'parseCreationOptionsFromJSON' in passkeys;
const nothing = () => {};
/** Ends what the browser was asked for without anybody knowing: it does one thing at a time. */
const upgrading = new AbortController();

if (canDo) {
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    if ('upgrade' in form.dataset) upgrade(form).catch(nothing);
    else prepare(form);
  }
  tellAuthenticators();
} else {
  document.documentElement.classList.add('no-passkeys');
}

function prepare(form) {
  const message = Object.assign(document.createElement('p'), {
    className: 'problem',
    role: 'alert',
  });
  let isAsking = false;
  let waiting = new AbortController();

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isAsking) return;
    isAsking = true;
    waiting.abort();
    upgrading.abort();
    message.remove();
    try {
      await ask(form, {});
    } catch (error) {
      message.textContent = form.dataset[`problem${error.name}`] ?? form.dataset.problem;
      form.querySelector('button').before(message);
    }
    isAsking = false;
    offerInList().catch(nothing);
  });
  offerInList().catch(nothing);

  // Offers passkeys in the list of the field for the email. A challenge is good for some minutes, and a page may be
  // open for hours; so it asks for a new one, while somebody looks at the page.
  async function offerInList() {
    if (!('autofill' in form.dataset)) return;
    if (!(await passkeys.isConditionalMediationAvailable?.())) return;
    while (!isAsking) {
      waiting = new AbortController();
      const { signal } = waiting;
      const timer = setTimeout(() => waiting.abort(), 240_000);
      const isOver = await ask(form, { mediation: 'conditional', signal }).then(
        () => true,
        () => !signal.aborted,
      );
      clearTimeout(timer);
      if (isOver) return;
      if (document.hidden) {
        await new Promise((go) =>
          document.addEventListener('visibilitychange', go, { once: true }),
        );
      }
    }
  }
}

/** Asks the authenticator, and sends its answer. */
async function ask(form, how) {
  const beside = [...document.querySelectorAll('main input[name]')].filter(
    (input) => input.form !== form && !('passkey' in input.form.dataset),
  );
  const takesAll = 'beside' in form.dataset;
  if (takesAll && !beside.every((input) => input.reportValidity())) return;
  await fillIn(form, how);
  // What is ticked in the form beside holds for this one too.
  for (const input of beside.filter((input) => takesAll || input.checked)) {
    form.append(Object.assign(input.cloneNode(), { type: 'hidden', value: input.value }));
  }
  form.submit();
}

async function fillIn(form, how) {
  const options = await optionsOf(form.dataset);
  const credential =
    form.dataset.passkey === 'get'
      ? await navigator.credentials.get({
          ...how,
          publicKey: passkeys.parseRequestOptionsFromJSON(options),
        })
      : await navigator.credentials.create({
          ...how,
          publicKey: passkeys.parseCreationOptionsFromJSON(options),
        });
  form.elements.credential.value = JSON.stringify(credential);
}

/** Those on the page, or new ones, where the page is the same for everybody. */
async function optionsOf({ options, optionsUrl }) {
  if (options) return JSON.parse(options);
  const response = await fetch(optionsUrl, { method: 'POST' });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()).public_key;
}

/**
 * Makes a passkey for somebody who has just signed in with a stored password, if their password manager wants to. They are
 * doing something else by now: the page stays as it is, and says so below.
 */
async function upgrade(form) {
  const can = await passkeys.getClientCapabilities?.();
  if (!can?.conditionalCreate) return;
  await fillIn(form, { mediation: 'conditional', signal: upgrading.signal });
  const body = new URLSearchParams(new FormData(form));
  // Its button is called action, and hides the property of that name. Whose session is over is led to another page, which is
  // not an answer to this: nothing was saved.
  const how = { method: 'POST', body, redirect: 'error' };
  const { ok } = await fetch(form.getAttribute('action'), how);
  if (!ok) return;
  const saved = { className: 'notice below', role: 'status', textContent: form.dataset.saved };
  form.replaceWith(Object.assign(document.createElement('p'), saved));
}

/** Tells password managers which passkeys are good, and whose they are; so old ones and old names go (5.1.10). */
function tellAuthenticators() {
  const signal = (name, options) => passkeys[name]?.(options).catch(nothing);
  for (const { dataset } of document.querySelectorAll('[data-passkeys]')) {
    const { rpId, userId, name, displayName, allAcceptedCredentialIds } = JSON.parse(
      dataset.passkeys,
    );
    signal('signalAllAcceptedCredentials', { rpId, userId, allAcceptedCredentialIds });
    signal('signalCurrentUserDetails', { rpId, userId, name, displayName });
  }
  for (const { dataset } of document.querySelectorAll('[data-unknown-passkey]')) {
    signal('signalUnknownCredential', JSON.parse(dataset.unknownPasskey));
  }
}
