import { parentPort, Worker, workerData } from 'node:worker_threads';
import { verifySync } from '@node-rs/argon2';

/** The limit of what Argon2id can do here: threads that verify, and nothing else. */

interface HashLoop {
  readonly hash: string;
  readonly password: string;
  readonly seconds: number;
}

/** How many verifications a second so many threads make. */
export async function rawVerificationsPerSecond(threads: number, loop: HashLoop): Promise<number> {
  const rates = Array.from({ length: threads }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    new Worker(new URL(import.meta.url), { workerData: loop })
      .once('message', resolve)
      .once('error', reject);
    return promise;
  });
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}

if (parentPort) {
  const { hash, password, seconds } = workerData as HashLoop;
  verifySync(hash, password); // the pages of its memory are there from now on
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() < startedAt + seconds * 1000) {
    if (!verifySync(hash, password)) throw new Error('The password is not the one of the hash.');
    count += 1;
  }
  parentPort.postMessage((count * 1000) / (performance.now() - startedAt));
}
