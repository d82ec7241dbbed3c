import type { LoadWork } from '../load.ts';
import { throughput } from '../measure.ts';
import { startGenerator } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import { type Bench, Started, sizeOf } from './bench.ts';
import { compare, type Pair } from './compare.ts';
import { bareSide, connections } from './requests.ts';

/** The pages of the account site: how many are shown in a second, and how many bytes one takes. */

const path = '/account/sign-in/';
/** With all that the page loads, compressed as a browser asks for it. */
const maxBytes = 20_000;

export async function pages(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const plan = { connections, seconds: bench.seconds };
  const limit = await bareSide(started, bench, 'bare GET', plan);
  const [database] = bench.databases; // nothing is read of it
  const server = await bench.servers.latchkey(database);
  const generator = await started.add(startGenerator(work));
  const pair: Pair = {
    ...{ database, limit },
    ours: throughput(sizeOf(database), server, generator, plan),
  };
  const results = await compare(bench, [pair], {
    figure: 'pages',
    title: `GET ${path}`,
    unit: '/s',
    target: '>= 5,000/s',
    isMet: ({ measured }) => measured >= 5_000,
  });
  const bytes = await bytesOf(`http://127.0.0.1:${server.port}`);
  const size: FigureResult = {
    figure: 'pages',
    title: `GET ${path}, with its files`,
    unit: 'bytes',
    measured: bytes,
    limit: maxBytes,
    limitName: 'allowed',
    target: '< 20 KB',
    isMet: bytes < maxBytes,
  };
  return [...results, size];
}

const work: LoadWork = {
  kind: 'requests',
  requests: [
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/html\r\n` +
      'accept-language: de-DE,de;q=0.9,en;q=0.8\r\nsec-fetch-site: none\r\n\r\n',
  ],
};

/** What goes over the line for the page and all that it loads, heads of the answers left out. */
async function bytesOf(origin: string): Promise<number> {
  const page = await fetch(`${origin}${path}`);
  const text = await page.text();
  const files = [...text.matchAll(/(?:src|href)="\.\.\/\.\.\/(account\/assets\/[^"]+)"/g)];
  let bytes = Buffer.byteLength(text);
  for (const [, file = ''] of files) {
    const answer = await fetch(`${origin}/${file}`, { headers: { 'accept-encoding': 'br' } });
    bytes += Number(answer.headers.get('content-length'));
  }
  return bytes;
}
