import { Type } from 'typebox';
import type { BodyField } from '../../../../contract/declare-body.ts';
import { memberOf } from '../../../../contract/value-fields.ts';
import { orNull } from '../../../../http/schemas.ts';

/** What the bodies and answers about passkeys look like. The members of WebAuthn have its own names. */

const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A form has no objects, so there it is JSON. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** What an authenticator answered. It is read where it is checked, because what is wrong with it has an error of its own. */
export const credentialField: BodyField<unknown> = {
  schema: Type.Object(
    {},
    {
      additionalProperties: true,
      description:
        'What `navigator.credentials` answered, as `toJSON()` has it (WebAuthn Level 3, 5.1.8); in a form, as JSON.',
      examples: [{ id: 'pO6yQ2xQq0Kk0q4Q8mCk1w', type: 'public-key', response: {} }],
    },
  ),
  read(body, name) {
    const value = parsed(memberOf(body, name));
    return isObject(value) ? { value } : { errors: ['Must be an object.'] };
  },
};

const exampleHandle = 'nZRhcYSNBJB7cLqzmrGGZn1UZu9IJ9Ov3I2iWtbBMGs';
const exampleChallenge = '3Zg0oVnXrKeDEWv2bEZs1Wmf0x1pFUVHfXNOQkJx9PAbT1sC6rDqH2oM7nZRhcYSNBJB7Q';

/** Of a passkey. */
export const isUsableSchema = Type.Boolean({
  description:
    'Whether it can be used here. False: it is for an RP ID that the server had before, so do not offer it.',
  examples: [true],
});

const rpId = Type.String({ description: 'The RP ID.', examples: ['example.com'] });
const challenge = Type.String({
  description: 'It says under a MAC what it is for, and is good once.',
  examples: [exampleChallenge],
});
const timeout = Type.Integer({ description: 'In milliseconds.', examples: [600_000] });
const userVerification = (example: string) =>
  Type.String({ description: '`required` or `preferred`.', examples: [example] });
const expiresIn = Type.Integer({
  description: 'For how many seconds the challenge is good.',
  examples: [600],
});

const credentials = (description: string) =>
  Type.Array(
    Type.Object({
      id: Type.String({ examples: ['pO6yQ2xQq0Kk0q4Q8mCk1w'] }),
      type: Type.String({ examples: ['public-key'] }),
      transports: Type.Array(Type.String({ examples: ['internal'] })),
    }),
    { description },
  );

export const requestOptionsSchema = Type.Object(
  {
    public_key: Type.Object(
      {
        rpId,
        challenge,
        timeout,
        userVerification: userVerification('required'),
        allowCredentials: credentials(
          'Which passkeys may be used; empty: any that the device finds.',
        ),
      },
      { description: 'For `PublicKeyCredential.parseRequestOptionsFromJSON()`.' },
    ),
    expires_in: expiresIn,
  },
  { title: 'PasskeyRequestOptions', description: 'What to ask the authenticator for.' },
);

export const creationOptionsSchema = Type.Object(
  {
    public_key: Type.Object(
      {
        rp: Type.Object({ id: rpId, name: Type.String({ examples: ['Example'] }) }),
        user: Type.Object({
          id: Type.String({
            description: 'A random handle, the same for all passkeys of the user.',
            examples: [exampleHandle],
          }),
          name: Type.String({ examples: ['ada@example.com'] }),
          displayName: Type.String({ examples: ['ada'] }),
        }),
        challenge,
        pubKeyCredParams: Type.Array(
          Type.Object({
            alg: Type.Integer({ examples: [-7] }),
            type: Type.String({ examples: ['public-key'] }),
          }),
        ),
        timeout,
        excludeCredentials: credentials('The passkeys that the user has.'),
        authenticatorSelection: Type.Object({
          residentKey: Type.String({ examples: ['preferred'] }),
          userVerification: userVerification('preferred'),
        }),
        attestation: Type.String({ examples: ['none'] }),
        extensions: Type.Object({ credProps: Type.Boolean({ examples: [true] }) }),
      },
      { description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON()`.' },
    ),
    expires_in: expiresIn,
  },
  { title: 'PasskeyCreationOptions', description: 'What to ask the authenticator for.' },
);

const time = Type.String({ format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] });

export const passkeyListSchema = Type.Object(
  {
    passkeys: Type.Array(
      Type.Object({
        id: Type.Integer({ examples: [3] }),
        name: Type.String({ description: 'What the user calls it.', examples: ['Laptop'] }),
        provider: orNull(
          Type.String(),
          '1Password',
          'Its provider, by its AAGUID, which nothing proves. Null: nobody knows.',
        ),
        created_at: time,
        last_used_at: orNull(time, '2026-03-02T09:30:00.000Z', 'Null: not yet.'),
        is_backed_up: Type.Boolean({
          description: 'Whether its provider keeps a copy, for the other devices of the user.',
          examples: [true],
        }),
        signs_in_alone: Type.Boolean({
          description:
            'Whether it signs in without a password. Else it is a second factor, as a security key without a PIN is.',
          examples: [true],
        }),
        is_usable: isUsableSchema,
      }),
      { description: 'The oldest first.' },
    ),
    signal: orNull(
      Type.Object({
        rp_id: rpId,
        user_id: Type.String({ examples: [exampleHandle] }),
        name: Type.String({ examples: ['ada@example.com'] }),
        display_name: Type.String({ examples: ['ada'] }),
        credential_ids: Type.Array(Type.String({ examples: ['pO6yQ2xQq0Kk0q4Q8mCk1w'] })),
      }),
      {
        ...{ rp_id: 'example.com', user_id: exampleHandle },
        ...{ name: 'ada@example.com', display_name: 'ada' },
        credential_ids: ['pO6yQ2xQq0Kk0q4Q8mCk1w'],
      },
      'What a page tells the devices of the user after a sign-in or a change, by ' +
        '`PublicKeyCredential.signalAllAcceptedCredentials()` and `signalCurrentUserDetails()`. Null: the user never had ' +
        'a passkey.',
    ),
  },
  { title: 'PasskeyList', description: 'Your passkeys.' },
);

export const addedPasskeySchema = Type.Object(
  {
    id: Type.Integer({ examples: [3] }),
    name: Type.String({ examples: ['1Password'] }),
    recovery_codes: Type.Array(Type.String({ examples: ['1-7K3M-9QXW-2F5D-8ZRT'] }), {
      description:
        'With the first factor: each works once. They are told once. Empty: those that the user has stay.',
    }),
  },
  { title: 'AddedPasskey', description: 'The new passkey.' },
);
