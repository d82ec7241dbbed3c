import { browserStorage, createLatchkey } from './standalone.js';

/** @param {string} id */
const element = (id) => document.getElementById(id);
const form = element('sign-in');

const latchkey = createLatchkey({
  storage: browserStorage(),
  onSessionStart: show,
  // In every tab, whichever of them it ended in.
  onSessionEnd: show,
});

async function show() {
  const session = latchkey.session;
  form.hidden = session !== undefined;
  element('profile').hidden = session === undefined;
  element('why').textContent = latchkey.endCause ? `Signed out: ${latchkey.endCause}` : '';
  if (session) element('email').textContent = (await latchkey.readProfile()).email;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(form));
  await latchkey.signIn({ email, password }).catch((error) => {
    element('why').textContent = error.message;
  });
});
element('sign-out').addEventListener('click', () => latchkey.signOut());

await latchkey.ready();
await show();
