import { Type } from 'typebox';
import { timeOrNull } from '../../../http/schemas.ts';
import { isUsableSchema } from './passkeys/passkey-schemas.ts';

/** What the answers about factors look like. */

const listed = {
  id: Type.Integer({ examples: [3] }),
  name: Type.String({ description: 'What the user calls it.', examples: ['Phone'] }),
  created_at: Type.String({ format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] }),
  last_used_at: timeOrNull('2026-03-02T09:30:00.000Z', 'Null: not yet.'),
};

export const factorListSchema = Type.Object(
  {
    authenticator_apps: Type.Array(Type.Object(listed)),
    passkeys: Type.Array(
      Type.Object({
        ...listed,
        is_backed_up: Type.Boolean({
          description: 'Whether its provider keeps a copy, for the other devices of the user.',
          examples: [true],
        }),
        is_usable: isUsableSchema,
      }),
    ),
    recovery_codes_left: Type.Integer({ examples: [9] }),
    remembered_devices: Type.Integer({
      description: 'On how many devices no second factor is asked for.',
      examples: [1],
    }),
  },
  { title: 'FactorList', description: 'What you can sign in with besides the password.' },
);

export const begunAppSchema = Type.Object(
  {
    id: Type.Integer({ examples: [3] }),
    secret: Type.String({
      description: 'For an app that reads no QR code, in base32.',
      examples: ['JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'],
    }),
    uri: Type.String({
      description: 'What an app reads from the QR code. It opens the app on a phone.',
      examples: [
        'otpauth://totp/Example:ada%40example.com?issuer=Example&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30',
      ],
    }),
    qr_svg: Type.String({
      description: 'The QR code, as an SVG image.',
      examples: ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 57 57"></svg>'],
    }),
  },
  {
    title: 'NewAuthenticatorApp',
    description: 'It counts for nothing until a code of it is sent, within ten minutes.',
  },
);

/** The codes are told once. */
export const recoveryCodesSchema = Type.Object(
  {
    recovery_codes: Type.Array(Type.String({ examples: ['1-7K3M-9QXW-2F5D-8ZRT'] }), {
      description: 'Each works once. They are told once; empty: those that the user has stay.',
    }),
  },
  { title: 'RecoveryCodes', description: 'Keep them.' },
);
