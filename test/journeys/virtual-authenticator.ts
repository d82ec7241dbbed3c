import type { CDPSession, Page } from 'playwright-core';
import { until } from '../eventually.ts';

/** An authenticator that Chromium makes up, plugged into the browser of a page. */
export interface VirtualAuthenticator {
  readonly cdp: CDPSession;
  /** Whether somebody touches it when it is asked. What waits for it already goes on waiting. */
  touch(isTouched: boolean): Promise<void>;
  /**
   * Waits until a page that offers passkeys in the email field has asked for one. It asks when it is there already, and a
   * touch before that would sign in without the button.
   */
  offered(): Promise<void>;
  /** Whether it knows its user by their finger. */
  verify(isVerified: boolean): Promise<void>;
  /** Its user deletes all that is on it, and no website hears of it. */
  clear(): Promise<void>;
  credentials(): Promise<readonly { readonly credentialId: string }[]>;
}

/** Counts, on the pages that are loaded from now on, the requests for a passkey that wait. */
const countAsks = `if (navigator.credentials) {
  const get = navigator.credentials.get.bind(navigator.credentials);
  window.passkeyAsks = 0;
  navigator.credentials.get = (options) => {
    window.passkeyAsks += 1;
    return get(options).finally(() => { window.passkeyAsks -= 1; });
  };
}`;

export async function plugIn(page: Page): Promise<VirtualAuthenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = {
    ...({ protocol: 'ctap2', transport: 'internal' } as const),
    ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
    automaticPresenceSimulation: true,
  };
  await page.addInitScript(countAsks);
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    cdp,
    async touch(enabled) {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    },
    async offered() {
      await until(async () => Number(await page.evaluate('window.passkeyAsks')) > 0);
    },
    async verify(isUserVerified) {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    async clear() {
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    },
    async credentials() {
      return (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
    },
  };
}
