import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { codeBlocks, readDocument, root } from '../../test/docs/documents.ts';
import { startServer } from '../../test/harness.ts';

test('the first example of the README runs word for word and prints what it shows', async () => {
  await using server = await startServer();
  const [example, printed] = codeBlocks(readDocument('sdk/README.md').text).filter(
    ({ language }) => language !== 'sh',
  );
  const program = example?.text.replaceAll('http://localhost:8000', server.origin) ?? '';
  const flags = ['--conditions=latchkey-source', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: root });
  expect(stdout).toBe(printed?.text);
});
