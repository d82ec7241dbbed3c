import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { addApp, shownCode } from '../authenticator.ts';
import { goodPassword, startServer } from '../harness.ts';
import { codeBlocks, readDocument, root, sectionOf } from './documents.ts';

/** The examples for second factors in the guide to the client library, run word for word by somebody with a phone. */

const { text } = readDocument('docs/guide/client-library.md');

function exampleOf(heading: string): string {
  const [example] = codeBlocks(sectionOf(text, heading));
  if (!example) throw new Error(`${heading} has no example.`);
  return example.text;
}

/**
 * Runs a program with `ask`, which prints what it is asked and waits for a line.
 *
 * @param answer what somebody types who reads what was printed
 * @returns what was printed
 */
async function run(
  program: string,
  answer: (printed: readonly string[]) => string,
): Promise<string[]> {
  const ask = `
    import { createInterface } from 'node:readline';
    const typed = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const ask = async (question) => (console.log(question), (await typed.next()).value);
  `;
  const end = ';process.exit();';
  const flags = ['--conditions=latchkey-source', '--input-type=module', '--eval'];
  const child = spawn(process.execPath, [...flags, ask + program + end], {
    ...{ cwd: root, stdio: ['pipe', 'pipe', 'inherit'] },
  });
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    if (line.endsWith('?')) child.stdin.write(`${answer(printed)}\n`);
  }
  return printed;
}

test('a second factor at the sign-in, on a device that is remembered from then on', async () => {
  await using server = await startServer();
  const user = await server.signUp();
  const { secret } = await addApp(server, user);
  const program = `
    import { createLatchkey } from 'latchkey-client';
    const latchkey = createLatchkey({ baseUrl: '${server.origin}' });
    const [email, password] = ${JSON.stringify([user.email, goodPassword])};
    const askForCode = async (methods, { canRemember }) =>
      ({ code: await ask(\`\${methods}?\`), remember: canRemember });
    ${exampleOf('Second factors at sign-in')}
    await latchkey.signOut();
    console.log((await latchkey.signIn({ email, password })).userId);
  `;
  const printed = await run(program, () => shownCode(server, secret));
  expect(printed).toEqual(['totp,recovery_code?', String(user.id)]);
});

test('a factor that is required is added at the sign-in', async () => {
  const pinned = { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: 0 } as const;
  await using server = await startServer({ pinned });
  const json = { email: 'ada@example.com', password: goodPassword };
  const { body } = await server.send('POST', '/api/register/', { json });
  const program = `${exampleOf('Add a factor that is required')}
    const session = await signIn(${JSON.stringify(json)}, {
      showApp: (qrCode, secret) => console.log(secret),
      askForCode: () => ask('Code?'),
      showOnce: (codes) => console.log(codes.length),
    });
    console.log(session.userId, (await latchkey.readProfile()).email);
  `;
  const printed = await run(
    program.replace('http://localhost:8000', server.origin),
    ([secret = '']) => shownCode(server, secret),
  );
  expect(printed.slice(1)).toEqual(['Code?', '10', `${body.id} ada@example.com`]);
});
