import { type Server, startBareServer, startLatchkey } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import type { Seeded } from '../seed.ts';

/** What every figure is measured on. */
export interface Bench {
  /** One for each size that was asked for, the smallest first. */
  readonly engine: 'sqlite' | 'postgres';
  readonly databases: readonly [Seeded, ...Seeded[]];
  /** How many workers serve a database, each number in turn; several on PostgreSQL alone. */
  readonly workers: readonly number[];
  readonly servers: Servers;
  /** What the database has used of the cores so far, where it is a process of its own. */
  databaseMicros(): number | undefined;
  readonly seconds: number;
  readonly rounds: number;
  /** A folder on the disk that the databases are on. */
  readonly folder: string;
  say(text: string): void;
}

export type Figure = (bench: Bench) => Promise<FigureResult[]>;

export function sizeOf({ users }: Seeded): string {
  return `${users.toLocaleString('en')} users`;
}

/** Stops what was started, whatever happens. */
export class Started implements AsyncDisposable {
  readonly #things: { stop(): unknown }[] = [];

  async add<T extends { stop(): unknown }>(thing: Promise<T>): Promise<T> {
    this.#things.push(await thing);
    return thing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const thing of this.#things.splice(0).reverse()) await thing.stop();
  }
}

/** The servers that figures share: one for each database, and a bare one. Those that idle cost nothing. */
export class Servers implements AsyncDisposable {
  readonly #started = new Started();
  readonly #known = new Map<string, Promise<Server>>();

  latchkey(database: Seeded, workers = 1): Promise<Server> {
    return this.#once(`${database.dataDir} ${workers}`, () => startLatchkey(database, {}, workers));
  }

  bare(): Promise<Server> {
    return this.#once('bare', startBareServer);
  }

  #once(key: string, start: () => Promise<Server>): Promise<Server> {
    const server = this.#known.get(key) ?? this.#started.add(start());
    this.#known.set(key, server);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#known.clear();
    await this.#started[Symbol.asyncDispose]();
  }
}
