import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { CredentialJson } from './webauthn.ts';

/** A security key whose every byte a test decides: for what well-behaved authenticators never send. */

/** The flags of authenticator data (WebAuthn Level 3, 6.1). */
export const flag = { present: 1, verified: 4, backupEligible: 8, backedUp: 16, attested: 64 };

interface State {
  flags: number;
  counter: number;
  rpId: string;
  origin: string;
}

interface Asked {
  readonly public_key: { readonly challenge: string; readonly user?: { readonly id: string } };
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();
const text = (value: string) =>
  Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
/** A byte string in CBOR (RFC 8949 3.1). */
const bytes = (value: Buffer) => Buffer.concat([Buffer.from([0x58, value.length]), value]);

/**
 * @param change by default it is not backed up, counts, and verifies its user
 * @param ownHandle the user handle, where it need not be told one
 */
export function newSecurityKey(change: Partial<State> = {}, ownHandle?: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const credentialId = randomBytes(16);
  // COSE: an EC2 key, ES256, P-256, x, y (RFC 9053 7.1)
  const cose = Buffer.concat([
    Buffer.from('a5010203262001', 'hex'),
    Buffer.from('21', 'hex'),
    bytes(Buffer.from(x, 'base64url')),
    Buffer.from('22', 'hex'),
    bytes(Buffer.from(y, 'base64url')),
  ]);
  const id = credentialId.toString('base64url');
  let userHandle = ownHandle;
  const state: State = {
    flags: flag.present | flag.verified,
    counter: 0,
    rpId: 'localhost',
    origin: 'http://localhost:3000',
    ...change,
  };

  function authenticatorData(attested?: Buffer): Buffer {
    const head = Buffer.alloc(5);
    head.writeUInt8(state.flags | (attested ? flag.attested : 0));
    head.writeUInt32BE(state.counter, 1);
    return Buffer.concat([sha256(state.rpId), head, attested ?? Buffer.alloc(0)]);
  }

  function clientData(type: string, challenge: string): Buffer {
    const { origin } = state;
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  const jsonOf = (response: Record<string, unknown>): CredentialJson => ({
    ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {}, response },
  });

  return {
    state,
    id,
    /** base64url */
    publicKey: cose.toString('base64url'),
    create({ public_key: { challenge, user } }: Asked): CredentialJson {
      userHandle = user?.id;
      const aaguid = Buffer.alloc(16);
      const attested = Buffer.concat([aaguid, Buffer.from([0, 16]), credentialId, cose]);
      const data = authenticatorData(attested);
      const attestation = Buffer.concat([
        ...[Buffer.from([0xa3]), text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0])],
        ...[text('authData'), bytes(data)],
      ]);
      return jsonOf({
        clientDataJSON: clientData('webauthn.create', challenge).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['usb'],
      });
    },
    get({ public_key: { challenge } }: Asked): CredentialJson {
      state.counter += 1;
      const client = clientData('webauthn.get', challenge);
      const data = authenticatorData();
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey);
      return jsonOf({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle,
      });
    },
  };
}
