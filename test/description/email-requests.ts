import { goodPassword, type SignedUp, type TestServer } from '../harness.ts';
import { mailedCode, mailedNotice, mailTo } from '../mailed-codes.ts';
import { factorRequests } from './factor-requests.ts';
import { mailTextRequests } from './mail-text-requests.ts';

interface Needs {
  readonly fields?: Record<string, string>;
  readonly json?: object;
  readonly path?: Record<string, string | number>;
}

/** What the operations on mail need to succeed, and those that prove, change or restore an email, given a user who has just signed in. */
export function emailRequests(
  server: () => TestServer,
): Record<string, (user: SignedUp) => Needs | Promise<Needs>> {
  return {
    ...mailTextRequests(server),
    ...factorRequests(server),
    beginEmailVerification: () => ({ fields: {} }),
    confirmEmailVerification: async ({ email, access_token: token }) => {
      const begun = await server().send('POST', '/api/me/email-verification/', { token });
      return { fields: { flow: begun.body.flow, code: (await mailTo(server(), email)).code } };
    },
    reportNotMe: async (user) => ({ fields: await mailedNotice(server(), user) }),
    beginPasswordReset: ({ email }) => ({ fields: { email } }),
    confirmPasswordReset: async ({ email }) => {
      const { flow, code } = await mailedCode(server(), email);
      return { fields: { flow, code, password: 'quite another horse' } };
    },
    beginMailSignIn: ({ email }) => ({ fields: { email } }),
    confirmMailSignIn: async ({ email }) => {
      const begun = await server().send('POST', '/api/login/mail/', { json: { email } });
      return { fields: { flow: begun.body.flow, code: (await mailTo(server(), email)).code } };
    },
    beginRegistration: ({ email }) => ({ fields: { email: `begun.${email}` } }),
    confirmRegistration: async ({ email: of }) => {
      const email = `confirmed.${of}`;
      const begun = await server().send('POST', '/api/registrations/', { json: { email } });
      const { code } = await mailTo(server(), email);
      return { fields: { flow: begun.body.flow, code, password: goodPassword } };
    },
    beginEmailVerificationByPassword: async ({ email }) => {
      await keepOut(server(), email);
      return { fields: { email, password: goodPassword } };
    },
    confirmEmailVerificationByPassword: async ({ email }) => {
      await keepOut(server(), email);
      const json = { email, password: goodPassword };
      const begun = await server().send('POST', '/api/email-verification/', { json });
      return { fields: { flow: begun.body.flow, code: (await mailTo(server(), email)).code } };
    },
    beginEmailChange: ({ email }) => ({
      fields: { email: `wanted.${email}`, password: goodPassword },
    }),
    confirmEmailChange: async ({ email: of, access_token: token }) => {
      const email = `confirmed.${of}`;
      const json = { email, password: goodPassword };
      const begun = await server().send('POST', '/api/me/email/', { token, json });
      return { fields: { flow: begun.body.flow, code: (await mailTo(server(), email)).code } };
    },
    undoEmailChange: async ({ email, access_token: token }) => {
      const json = { email: `undone.${email}`, password: goodPassword };
      const begun = await server().send('POST', '/api/me/email/', { token, json });
      const { code } = await mailTo(server(), json.email);
      const proof = { flow: begun.body.flow, code };
      await server().send('POST', '/api/me/email/confirm/', { token, json: proof });
      const { text } = await mailTo(server(), email);
      return { fields: { token: /undo\/\?token=([\w-]+)/.exec(text)?.[1] ?? '' } };
    },
  };
}

/** Ends the time in which a user of a server that takes proven emails can sign in without. */
async function keepOut({ deps }: TestServer, email: string): Promise<void> {
  const { db } = deps.database;
  await db.updateTable('users').set({ created_at_ms: 1 }).where('email', '=', email).execute();
  await db.deleteFrom('pinned_settings').execute();
}
