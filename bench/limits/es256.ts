import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** The limit of what ES256 can do here: threads that verify signatures, and nothing else. */

/** How many verifications a second so many threads make. */
export async function es256VerificationsPerSecond(
  threads: number,
  seconds: number,
): Promise<number> {
  const rates = Array.from({ length: threads }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    new Worker(new URL(import.meta.url), { workerData: { seconds } })
      .once('message', resolve)
      .once('error', reject);
    return promise;
  });
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}

if (parentPort) {
  const { seconds } = workerData as { readonly seconds: number };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const data = randomBytes(69); // as long as authenticator data and a hash
  const signature = sign('sha256', data, privateKey);
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() < startedAt + seconds * 1000) {
    if (!verify('sha256', data, publicKey, signature)) throw new Error('It is not of the key.');
    count += 1;
  }
  parentPort.postMessage((count * 1000) / (performance.now() - startedAt));
}
