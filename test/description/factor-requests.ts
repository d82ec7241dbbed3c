import { addApp, shownCode } from '../authenticator.ts';
import { waitingEnrolment } from '../enrolment.ts';
import { resetToken, waitingReset } from '../factor-resets.ts';
import { goodPassword, type SignedUp, type TestServer } from '../harness.ts';
import { mailedCode } from '../mailed-codes.ts';
import { rememberedDevice } from '../remembered-device.ts';
import { addPasskey, newAuthenticator } from '../webauthn.ts';

interface Needs {
  readonly fields?: Record<string, string>;
  readonly path?: Record<string, string | number>;
}

/** What the operations on factors need to succeed, given a user who has just signed in. */
export function factorRequests(
  server: () => TestServer,
): Record<string, (user: SignedUp) => Needs | Promise<Needs>> {
  return {
    listFactors: async (user) => {
      await addApp(server(), user);
      return {};
    },
    addFactor: () => ({ fields: { kind: 'totp', name: 'Phone' } }),
    confirmFactor: async ({ access_token: token }) => {
      const json = { kind: 'totp' };
      const { body } = await server().send('POST', '/api/me/factors/', { token, json });
      return { path: { id: body.id }, fields: { code: shownCode(server(), body.secret) } };
    },
    renameFactor: async (user) => ({
      path: { id: (await addApp(server(), user)).id },
      fields: { name: 'Tablet' },
    }),
    removeFactor: async (user) => ({
      path: { id: (await addApp(server(), user)).id },
      fields: {},
    }),
    beginSecondFactor: async (user) => {
      await addApp(server(), user);
      const json = { email: user.email, password: goodPassword };
      const { body } = await server().send('POST', '/api/login/', { json });
      return { fields: { flow: body.flow } };
    },
    askPasskeyForReset: async ({ email }) => {
      const { flow, code } = await mailedCode(server(), email);
      return { fields: { flow, code } };
    },
    finishSecondFactor: async (user) => {
      const { secret } = await addApp(server(), user);
      const json = { email: user.email, password: goodPassword };
      const { body } = await server().send('POST', '/api/login/', { json });
      return { fields: { flow: body.flow, code: shownCode(server(), secret) } };
    },
    listPasskeys: async (user) => {
      await addPasskey(server(), user.access_token, newAuthenticator());
      return {};
    },
    beginPasskey: () => ({ fields: {} }),
    addPasskey: async ({ access_token: token }) => {
      const { body } = await server().send('POST', '/api/me/passkeys/options/', {
        token,
        json: {},
      });
      return { fields: { credential: JSON.stringify(newAuthenticator().create(body)) } };
    },
    renamePasskey: async ({ access_token: token }) => ({
      path: { id: (await addPasskey(server(), token, newAuthenticator())).body.id },
      fields: { name: 'Laptop' },
    }),
    removePasskey: async ({ access_token: token }) => ({
      path: { id: (await addPasskey(server(), token, newAuthenticator())).body.id },
      fields: {},
    }),
    beginPasskeySignIn: () => ({}),
    signInWithPasskey: async ({ access_token: token }) => {
      const authenticator = newAuthenticator();
      await addPasskey(server(), token, authenticator);
      const { body } = await server().send('POST', '/api/login/passkey/options/', { json: {} });
      return { fields: { credential: JSON.stringify(authenticator.get(body)) } };
    },
    listPasskeyOrigins: () => ({}),
    findPasskeyPages: () => ({}),
    beginReauthentication: () => ({}),
    listTrustedDevices: () => ({}),
    forgetTrustedDevices: () => ({}),
    forgetTrustedDevice: async ({ id }) => ({
      path: { id: await rememberedDevice(server(), id) },
    }),
    beginEnrolment: async ({ id }) => ({
      fields: { flow: await waitingEnrolment(server(), id), kind: 'totp' },
    }),
    confirmEnrolment: async ({ id }) => {
      const flow = await waitingEnrolment(server(), id);
      const json = { flow, kind: 'totp' };
      const { body } = await server().send('POST', '/api/login/enrolment/', { json });
      const code = shownCode(server(), body.secret);
      return { fields: { flow, id: String(body.id), code } };
    },
    beginEnrolmentPasskey: async ({ id }) => ({
      fields: { flow: await waitingEnrolment(server(), id) },
    }),
    finishEnrolmentPasskey: async ({ id }) => {
      const flow = await waitingEnrolment(server(), id);
      const path = '/api/login/enrolment/passkey/options/';
      const { body } = await server().send('POST', path, { json: { flow } });
      const credential = JSON.stringify(newAuthenticator().create(body));
      return { fields: { flow, credential } };
    },
    readUserFactors: ({ id }) => ({ path: { id } }),
    resetUserFactors: async () => {
      const user = await server().signUp();
      await addApp(server(), user);
      return { path: { id: user.id }, fields: { reason: 'lost their phone' } };
    },
    cancelUserFactorReset: async (administrator) => ({
      path: { id: await waitingReset(server(), administrator.access_token) },
    }),
    cancelFactorReset: async () => {
      const { access_token: token } = await server().signUpAdmin('superuser');
      const id = await waitingReset(server(), token);
      return { fields: { token: await resetToken(server(), id) } };
    },
    replaceRecoveryCodes: async (user) => {
      await addApp(server(), user);
      return {};
    },
  };
}
