import type { CDPSession, Page } from 'playwright-core';

/** An authenticator that Chromium makes up, plugged into the browser of a page. */
export interface VirtualAuthenticator {
  readonly cdp: CDPSession;
  /** Whether somebody touches it when it is asked. */
  touch(isTouched: boolean): Promise<void>;
  /** Whether it knows its user by their finger. */
  verify(isVerified: boolean): Promise<void>;
  /** Its user deletes all that is on it, and no website hears of it. */
  clear(): Promise<void>;
  credentials(): Promise<readonly { readonly credentialId: string }[]>;
}

export async function plugIn(page: Page): Promise<VirtualAuthenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = {
    ...({ protocol: 'ctap2', transport: 'internal' } as const),
    ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    cdp,
    async touch(enabled) {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
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
