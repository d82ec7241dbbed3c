import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate that vouches for itself, and its key: nobody has to have OpenSSL's program. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const ecdsaWithSha256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const dayMs = 86_400_000;

/** X.509 (RFC 5280 4.1) for one DNS name, good for a day. */
export function makeCertificate(name: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = sequence(der(0x31, sequence(objectId(0x55, 0x04, 0x03), der(0x0c, text(name)))));
  const extensions = sequence(
    // subjectAltName: a DNS name
    sequence(objectId(0x55, 0x1d, 0x11), der(0x04, sequence(der(0x82, text(name))))),
    // basicConstraints: it may sign, itself
    sequence(
      ...[objectId(0x55, 0x1d, 0x13), der(0x01, [0xff])],
      der(0x04, sequence(der(0x01, [0xff]))),
    ),
  );
  const body = sequence(
    der(0xa0, der(0x02, [2])), // version 3
    der(0x02, [1]), // serial number
    ecdsaWithSha256,
    issuer,
    sequence(utcTime(Date.now() - dayMs), utcTime(Date.now() + dayMs)),
    issuer, // the name that it is for
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = sequence(body, ecdsaWithSha256, der(0x03, [0, ...signature]));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

/** One value in DER (X.690). */
function der(tag: number, ...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Uint8Array.from(part)));
  const { length } = content;
  const lengthBytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from([tag, ...lengthBytes]), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

function objectId(...bytes: readonly number[]): Buffer {
  return der(0x06, bytes);
}

function text(value: string): Buffer {
  return Buffer.from(value, 'utf8');
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '');
  return der(0x17, text(`${digits.slice(2, 14)}Z`));
}
