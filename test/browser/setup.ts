import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { installChromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the browser of this test run is spoken to. */
    browserEndpoint: string;
  }
}

/** One browser for the whole test run; each test has contexts of its own, which share nothing. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { executablePath, env } = await installChromium();
  const server = await chromium.launchServer({
    executablePath,
    env,
    chromiumSandbox: process.getuid?.() !== 0, // Chromium has none for root
    args: [
      // A test speaks to nobody but its own server.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  project.provide('browserEndpoint', server.wsEndpoint());
  return () => server.close();
}
