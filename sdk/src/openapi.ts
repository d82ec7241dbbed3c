// Generated from openapi.json by `npm run generate`. Change the program, not this file.

export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the public signing keys */
        get: operations["readKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/register/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create an account
         * @description Only if `REGISTRATION_MODE` is `open`. A new password must also pass the policy of the server: a minimum length, not common, not similar to the email, and if that is switched on not from a known breach. The policy is checked once every field is valid; all its messages are in the list of `password`. If the server sends mail and `REGISTRATION_MAIL` is on, the email is sent a code to prove it, in the language of `Accept-Language`.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registrations/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail to register with an email
         * @description The answer is the same whether or not the email has an account. A new one is mailed a code of six digits; one that has an account is mailed that it has, and how to reset the password; in the language of `Accept-Language`. No more are sent than `MAILS_PER_RECIPIENT` allows. Only with the `REGISTRATION_MODE` `verify_first` or `open`.
         */
        post: operations["beginRegistration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registrations/confirm/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create an account by the code of a mail
         * @description Takes `flow` and `code`, or the `token` of a link. The email counts as proven. A code may be wrong five times; a password or username that is refused does not use it up. Sign in at `/api/login/` afterwards.
         */
        post: operations["confirmRegistration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in
         * @description Every failure gets the same answer, and takes the same time. A client that still has a token of an earlier session of the account, even an expired one, may send it as `Authorization: Bearer`. Then the failures of others do not lock it out.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/second-factor/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with the second factor
         * @description Ends a sign-in that was answered with `second_factor_required`. Takes its `flow`, and one of `code`, `recovery_code` and `credential`. A flow takes five tries in ten minutes, and works once.
         */
        post: operations["finishSecondFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/second-factor/options/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a passkey as the second factor
         * @description What the browser asks for a passkey: `PublicKeyCredential.parseRequestOptionsFromJSON()` reads it. It counts as no try, and nothing is stored.
         */
        post: operations["beginSecondFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/enrolment/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to add an authenticator app, to sign in
         * @description For a sign-in that was answered with `second_factor_enrolment_required`. Answers a secret, for the app to read. Send a code that it shows to `/api/login/enrolment/confirm/`.
         */
        post: operations["beginEnrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/enrolment/confirm/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with the authenticator app that was added
         * @description The code is spent, the app is the user’s second factor from now on, and the answer has the tokens of a session and ten recovery codes. A flow takes five tries in ten minutes, and works once.
         */
        post: operations["confirmEnrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/enrolment/passkey/options/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to add a passkey, to sign in
         * @description For a sign-in that was answered with `second_factor_enrolment_required`. Send what `navigator.credentials.create()` answers to `/api/login/enrolment/passkey/`.
         */
        post: operations["beginEnrolmentPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/enrolment/passkey/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with the passkey that was added
         * @description It is one of the user’s factors from now on. The answer has the tokens of a session, and ten recovery codes where it is the first factor.
         */
        post: operations["finishEnrolmentPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/mail/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail to sign in
         * @description Only if `MAIL_SIGN_IN` is on. The answer is always the same: if nobody has the email, and if no mail is sent because of `MAILS_PER_RECIPIENT`. The mail has a code of six digits and a link, in the language of `Accept-Language`. A newer flow from the same network voids an older one.
         */
        post: operations["beginMailSignIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/mail/confirm/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with the code of a mail
         * @description Only if `MAIL_SIGN_IN` is on. A code may be wrong five times. It proves the email. The first proof ends the existing sessions and removes the password, because somebody else may have set them up.
         */
        post: operations["confirmMailSignIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/passkey/options/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to sign in with a passkey
         * @description What the browser asks for a passkey: `PublicKeyCredential.parseRequestOptionsFromJSON()` reads it. It is the same for everybody, and names no passkeys: the user chooses one that the device finds. Nothing is stored.
         */
        post: operations["beginPasskeySignIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login/passkey/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with a passkey
         * @description The passkey has to have verified its user, so nothing more is asked for. `credential` is what `navigator.credentials.get()` answered, as `toJSON()` has it. It works once.
         */
        post: operations["signInWithPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/refresh/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh a session
         * @description The refresh token that was sent cannot be used again; the answer has the next one. A refusal with `Retry-After` means that another request has already used the token; after that time this one counts as reuse.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/logout/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description Ends the session of the refresh token, and no other. Needs no access token. A refusal with `Retry-After` has ended nothing: the session has been refreshed since. Send `report_reuse` to end it anyway.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your sessions */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /** End all other sessions, or all */
        delete: operations["endSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of your sessions */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/factors/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your factors */
        get: operations["listFactors"];
        put?: never;
        /**
         * Begin to add an authenticator app
         * @description Answers a secret, for the app to read (RFC 6238: SHA-1, six digits, 30 seconds). Send a code that it shows to `/api/me/factors/{id}/confirm/`.
         *
         *     Needs recent authentication.
         */
        post: operations["addFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/factors/{id}/confirm/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm an authenticator app
         * @description From now on it is asked for at sign-in. The code is spent by it. The first factor comes with ten recovery codes.
         *
         *     Needs recent authentication.
         */
        post: operations["confirmFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/factors/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove an authenticator app
         * @description Devices that were remembered are forgotten. The recovery codes go with the last factor. The last factor of a user who is obliged to have one stays.
         *
         *     Needs recent authentication.
         */
        delete: operations["removeFactor"];
        options?: never;
        head?: never;
        /**
         * Rename an authenticator app
         * @description Needs recent authentication.
         */
        patch: operations["renameFactor"];
        trace?: never;
    };
    "/api/me/factors/recovery-codes/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get new recovery codes
         * @description The earlier ones are not valid any more.
         *
         *     Needs recent authentication.
         */
        post: operations["replaceRecoveryCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/trusted-devices/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your remembered devices */
        get: operations["listTrustedDevices"];
        put?: never;
        post?: never;
        /** Forget all your remembered devices */
        delete: operations["forgetTrustedDevices"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/trusted-devices/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget one of your remembered devices */
        delete: operations["forgetTrustedDevice"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/passkeys/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your passkeys */
        get: operations["listPasskeys"];
        put?: never;
        /**
         * Add a passkey
         * @description It signs in alone, or is asked for after the password. Attestation is not looked at. The first factor comes with ten recovery codes. Without a name it has that of its provider.
         *
         *     Needs recent authentication.
         */
        post: operations["addPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/passkeys/options/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to add a passkey
         * @description What the browser asks an authenticator for: `PublicKeyCredential.parseCreationOptionsFromJSON()` reads it. Send what `navigator.credentials.create()` answers to `/api/me/passkeys/`.
         *
         *     Needs recent authentication.
         */
        post: operations["beginPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/passkeys/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a passkey
         * @description Devices that were remembered are forgotten. The recovery codes go with the last factor. The last factor of a user who is obliged to have one stays. A page then tells the devices of the user, by `signal` of `GET /api/me/passkeys/`.
         *
         *     Needs recent authentication.
         */
        delete: operations["removePasskey"];
        options?: never;
        head?: never;
        /**
         * Rename a passkey
         * @description Needs recent authentication.
         */
        patch: operations["renamePasskey"];
        trace?: never;
    };
    "/.well-known/webauthn": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which sites use the same passkeys
         * @description For browsers (WebAuthn Level 3, 5.11): pages of these origins may use the passkeys of the RP ID. A browser asks the host of the RP ID itself; where that is another server, it has to answer the same.
         */
        get: operations["listPasskeyOrigins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/passkey-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where users add and manage passkeys
         * @description For password managers (W3C, A Well-Known URL for Relying Party Passkey Endpoints).
         */
        get: operations["findPasskeyPages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read your profile */
        get: operations["readProfile"];
        /**
         * Change your profile
         * @description What is absent stays unchanged. If one field is bad, nothing is stored. Where `EMAIL_CHANGE_MODE` is `confirm`, another email is mailed a code, and yours stays until that is sent to `/api/me/email/confirm/`. Where it changes at once, the old one is mailed a link that undoes it. Of a user with a second factor it takes one that was shown within `REAUTHENTICATION_AGE`.
         */
        put: operations["changeProfile"];
        post?: never;
        /**
         * Delete your account
         * @description Deletes the account and all that is held about it, for good. Takes the password again, or `confirm` where recent authentication stands in for it. Any other body is answered 405.
         */
        delete: operations["deleteAccount"];
        options?: never;
        head?: never;
        /**
         * Change your profile
         * @description What is absent stays unchanged. If one field is bad, nothing is stored. Where `EMAIL_CHANGE_MODE` is `confirm`, another email is mailed a code, and yours stays until that is sent to `/api/me/email/confirm/`. Where it changes at once, the old one is mailed a link that undoes it. Of a user with a second factor it takes one that was shown within `REAUTHENTICATION_AGE`.
         */
        patch: operations["patchProfile"];
        trace?: never;
    };
    "/api/me/email/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail to change your email
         * @description The new email is mailed a code of six digits, in the language of `Accept-Language`; yours stays until it is sent back. The answer is the same where the new email has an account, which is then mailed instead. A newer flow voids an older one.
         */
        post: operations["beginEmailChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/email/confirm/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change your email by the code of a mail
         * @description Takes `flow` and `code`, or the `token` of a link. The new email counts as proven, and the old one is mailed a link that undoes the change for seven days. A code may be wrong five times.
         */
        post: operations["confirmEmailChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/email-undo/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo a change of an email
         * @description By the link that the old email was mailed. The account has that email again, or the last one before it that was not set by an access token alone, every session ends, and the password is removed: reset it to sign in. Also by the link that is mailed to who asks to reset the password of an account that was given their email without the password: it takes the email off that account.
         */
        post: operations["undoEmailChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/password/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change your password
         * @description Ends every other session of the user; the one of this access token stays. The new password has to pass the policy that registration has. A user without a password sets the first one, with recent authentication in place of the current one.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/reauthenticate/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove again who you are
         * @description Some requests need recent authentication: that the user proved within `REAUTHENTICATION_AGE` who they are, at sign-in or here (RFC 9470). Takes the password, or the `credential` of a passkey that verifies its user; of a user who has a second factor a `code` of an authenticator app, or the `credential` of any passkey. The session and its tokens stay the same; the next ones say how strong it is.
         */
        post: operations["reauthenticate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/reauthenticate/options/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to prove with a passkey who you are
         * @description What the browser asks an authenticator for: `PublicKeyCredential.parseRequestOptionsFromJSON()` reads it. Send what `navigator.credentials.get()` answers to `/api/me/reauthenticate/` as `credential`.
         */
        post: operations["beginReauthentication"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/export/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export all data about yourself
         * @description Needs recent authentication.
         */
        get: operations["exportProfile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitation/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation
         * @description Sets the first password of a user who was created without one. The link works once; a password that the policy refuses does not use it up.
         */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitation/check/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask whether an invitation is valid
         * @description For a page, before it shows its form. The link stays usable.
         */
        post: operations["checkInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/setup/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create the first administrator
         * @description With the link that the server prints at its start while there is no superuser. Only from the server's own machine. After its use the link is refused with `invalid_link_token`. `already_set_up` means that the link was not used, and a superuser was created in another way meanwhile.
         */
        post: operations["setUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/setup/check/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask whether the link of the first administrator is valid
         * @description Before a form is shown; from the server's own machine alone. After its use the link is refused with `invalid_link_token`. `already_set_up` means that the link was not used, and a superuser was created in another way meanwhile.
         */
        post: operations["checkSetupLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/email-verification/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail to prove your email
         * @description The mail has a code of six digits and a link, in the language of `Accept-Language`. No more are sent than `MAILS_PER_RECIPIENT` allows, and the answer is the same. A newer flow voids an older one.
         */
        post: operations["beginEmailVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/email-verification/confirm/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove your email by the code of a mail
         * @description Takes `flow` and `code`, or the `token` of a link, or the `code` alone of the newest mail. A code may be wrong five times.
         */
        post: operations["confirmEmailVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/email-verification/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail to prove an email before signing in
         * @description For users whose sign-in was refused with `email_not_verified`. Takes what a sign-in takes, and is refused as that is. The mail has a code of six digits and a link, in the language of `Accept-Language`.
         */
        post: operations["beginEmailVerificationByPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/email-verification/confirm/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove an email by the code of a mail before signing in
         * @description Takes the `flow` that began at `/api/email-verification/`, and the `code` of its mail. The link of the mail is not enough: its reader may not be who asked for it. A code may be wrong five times: `invalid_code` has `tries_left`. `flow_expired` where the flow is over, began in a session, or the account was deactivated or has another email since. Sign in afterwards.
         */
        post: operations["confirmEmailVerificationByPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/password-reset/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail to reset a password
         * @description The answer is always the same: if nobody has the email, and if no mail is sent because of `MAILS_PER_RECIPIENT`. The mail has a code of six digits and a link to a page that takes it, in the language of `Accept-Language`. A newer flow from the same network voids an older one.
         */
        post: operations["beginPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/password-reset/confirm/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a new password by the code of a mail
         * @description Takes `flow` and `code`, or the `token` of a link. Ends every session of the user, and proves the email. A code may be wrong five times; a password that the policy refuses does not use it up. Of a user with a second factor it takes `second_factor` as well; without it the answer is `second_factor_required`, with the `methods` of the user, and the code stays good.
         */
        post: operations["confirmPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/password-reset/options/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a passkey to reset a password
         * @description Of a user whose reset was answered with `second_factor_required`. Takes `flow` and `code`, or the `token` of a link, and uses neither up. `PublicKeyCredential.parseRequestOptionsFromJSON()` reads the answer.
         */
        post: operations["askPasskeyForReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/not-me/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that what a security notice tells of was not you
         * @description Takes the token of its link and the code of the same mail, within 7 days, once. Every session of the user ends, the password is removed, and a code to choose a new one is mailed. A notice of support access ends that alone. A code may be wrong nine times.
         */
        post: operations["reportNotMe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/factor-reset/cancel/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a reset of factors
         * @description Takes the token of the link in the mail that told of it, until it is done. The factors stay as they are.
         */
        post: operations["cancelFactorReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/permissions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the user may do
         * @description As it is now. A change counts from the next request on.
         */
        get: operations["readOwnPermissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/check/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask whether a user has permissions
         * @description About the caller, or about the user of a `token` or a `user_id`. For other users it needs the permission `permissions.check`.
         */
        post: operations["checkPermissions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/permissions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the permissions
         * @description Needs the permission `roles.view`.
         */
        get: operations["listPermissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/roles/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the roles
         * @description Needs the permission `roles.view`.
         */
        get: operations["listRoles"];
        put?: never;
        /**
         * Create a role
         * @description You need every permission that the role has before and after: nobody can grant more than they have.
         *
         *     Needs the permission `roles.change`.
         *
         *     Needs recent authentication.
         */
        post: operations["createRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/roles/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a role
         * @description Needs the permission `roles.view`.
         */
        get: operations["readRole"];
        put?: never;
        post?: never;
        /**
         * Delete a role. Users who have it lose it
         * @description You need every permission that the role has before and after: nobody can grant more than they have.
         *
         *     Needs the permission `roles.change`.
         *
         *     Needs recent authentication.
         */
        delete: operations["deleteRole"];
        options?: never;
        head?: never;
        /**
         * Change a role for all who have it
         * @description What is absent stays. You need every permission that the role has before and after: nobody can grant more than they have.
         *
         *     Needs the permission `roles.change`.
         *
         *     Needs recent authentication.
         */
        patch: operations["changeRole"];
        trace?: never;
    };
    "/api/admin/users/{id}/invitation/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite a user who has no password
         * @description The answer has a link by which the user sets the first password, once. An earlier link of the user is void. The link begins with `LATCHKEY_PUBLIC_URL`. If the server sends mail, it is also mailed to the user, in the user's language, or that of the request.
         *
         *     Needs the permission `users.create`.
         *
         *     Needs recent authentication.
         */
        post: operations["inviteUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/permissions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a user may do
         * @description Needs the permission `roles.view`.
         */
        get: operations["readUserPermissions"];
        /**
         * Set the roles and permissions of a user
         * @description Each list replaces the current one; an absent list stays unchanged. Nobody can grant what they do not have, or change a user who has a permission that they lack.
         *
         *     Needs the permission `roles.assign`.
         *
         *     Needs recent authentication.
         */
        put: operations["changeUserPermissions"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the outbox
         * @description It has the recipients of mails and their state, but not their contents.
         *
         *     Needs the permission `mail.view`.
         */
        get: operations["listMail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail/status/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether mail leaves the server
         * @description Needs the permission `mail.view`.
         */
        get: operations["readMailStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a mail of the outbox
         * @description Needs the permission `mail.view`.
         */
        get: operations["readMail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail/{id}/resend/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a mail that waits in the outbox now
         * @description Before it is due, and even if the SMTP server could not be used a moment ago.
         *
         *     Needs the permission `mail.send`.
         */
        post: operations["resendMail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail-texts/{locale}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the texts of mails in a language
         * @description Needs the permission `settings.view`.
         */
        get: operations["listMailTexts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail-texts/{locale}/{name}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a text of mails
         * @description Needs the permission `settings.view`.
         */
        get: operations["readMailText"];
        /**
         * Replace a text of mails
         * @description The text is an ICU message. One that lacks a placeholder, or has one that there is not, is refused. It is in the history as a change of the setting `MAIL_TEXT:`, the language, `:` and the name.
         *
         *     Needs the permission `settings.change`.
         *
         *     Needs recent authentication.
         */
        put: operations["changeMailText"];
        post?: never;
        /**
         * Put a text of mails back to what it was without the change
         * @description Needs the permission `settings.change`.
         *
         *     Needs recent authentication.
         */
        delete: operations["resetMailText"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail-texts/{locale}/{name}/changes/{id}/rollback/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo a change of a text of mails
         * @description The text is the one again that it was before that change, whatever came after it. The undoing is a change too. `GET /api/admin/setting-changes/` has the changes.
         *
         *     Needs the permission `settings.change`.
         *
         *     Needs recent authentication.
         */
        post: operations["rollBackMailText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail-texts/preview/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * See what a mail looks like
         * @description Made with a code or link that is good for nothing. Nothing is stored or sent.
         *
         *     Needs the permission `settings.view`.
         */
        post: operations["previewMail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail-texts/test/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a mail to yourself, to see what it looks like
         * @description It goes to your own email and to no other, and counts for `MAILS_PER_RECIPIENT`. Its code or link is good for nothing.
         *
         *     Needs the permission `mail.send`.
         */
        post: operations["sendTestMail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/nodes/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the server processes of the database
         * @description Needs the permission `nodes.view`.
         */
        get: operations["listNodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List and search users
         * @description Needs the permission `users.view`.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Create a user
         * @description Roles and permissions also need `roles.assign`, and nobody can grant what they do not have.
         *
         *     Needs the permission `users.create`.
         *
         *     Needs recent authentication.
         */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a user
         * @description Needs the permission `users.view`.
         */
        get: operations["readUser"];
        put?: never;
        post?: never;
        /**
         * Delete a user
         * @description For good, with all their data. The id is never used again.
         *
         *     Needs the permission `users.delete`.
         *
         *     Needs recent authentication.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /**
         * Change a user
         * @description What is absent stays unchanged. Only superusers can change `is_superuser`, and the last active superuser stays one.
         *
         *     Needs the permission `users.change`.
         *
         *     Needs recent authentication.
         */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/api/admin/users/{id}/password/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set the password of a user
         * @description The policy for new passwords applies. All sessions of the user end.
         *
         *     Needs the permission `users.change`.
         *
         *     Needs recent authentication.
         */
        post: operations["setUserPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/deactivate/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deactivate a user
         * @description All sessions of the user end, and the user cannot sign in. Can be undone.
         *
         *     Needs the permission `users.change`.
         */
        post: operations["deactivateUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/activate/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Activate a deactivated user
         * @description Needs the permission `users.change`.
         *
         *     Needs recent authentication.
         */
        post: operations["activateUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/bulk/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change many users at once
         * @description Needs the permission that the action needs for one user: `users.change`, `users.delete` or `sessions.end`. Each user is changed separately, by the same rules.
         *
         *     Needs the permission `users.change` or `users.delete` or `sessions.end`.
         *
         *     Needs recent authentication.
         */
        post: operations["changeUsers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/sessions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sessions of all users
         * @description Needs the permission `sessions.view`.
         */
        get: operations["listAllSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/sessions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sessions of a user
         * @description Needs the permission `sessions.view`.
         */
        get: operations["listUserSessions"];
        put?: never;
        post?: never;
        /**
         * End all sessions of a user
         * @description Needs the permission `sessions.end`.
         */
        delete: operations["endUserSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/sessions/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session of any user
         * @description Needs the permission `sessions.end`.
         */
        delete: operations["endSessionOfUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/factors/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See the factors of a user
         * @description Needs the permission `users.view`.
         */
        get: operations["readUserFactors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/factors/reset/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reset the factors of a user
         * @description Removes their authenticator apps, passkeys, recovery codes and remembered devices, and ends their sessions: after `FACTOR_RESET_DELAY`, in which the user can cancel it by the mail that tells them. One that waits stays as it is. Nobody resets their own.
         *
         *     Needs the permission `users.reset_factors`.
         *
         *     Needs recent authentication.
         */
        post: operations["resetUserFactors"];
        /**
         * Cancel a reset that waits
         * @description Needs the permission `users.reset_factors`.
         */
        delete: operations["cancelUserFactorReset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/export/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the list of users
         * @description CSV with a header line, as a stream. A text that a spreadsheet would take for a formula has an apostrophe before it. If the connection is reset, the list is not complete.
         *
         *     Needs the permission `users.export`.
         *
         *     Needs recent authentication.
         */
        get: operations["exportUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/impersonation/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Act in the name of a user
         * @description The answer has the tokens of a session of the user that ends after `IMPERSONATION_LIFETIME`, or when it is logged out. Its access tokens name the administrator: `act: {"sub": "<id>"}` (RFC 8693). It sees what the user sees in the application. Of the account itself it can only read the profile and the list of sessions, where the user sees it as support access.
         *
         *     Needs the permission `users.impersonate`.
         *
         *     Needs recent authentication.
         */
        post: operations["impersonateUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/overview/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The figures of the overview
         * @description Users and sessions are counted in the background, so the answer may be seconds old; `counted_at` says when.
         *
         *     Needs the permission `nodes.view`.
         */
        get: operations["readOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/settings/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the live settings
         * @description Needs the permission `settings.view`.
         */
        get: operations["listSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/settings/{name}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a setting
         * @description Needs the permission `settings.view`.
         */
        get: operations["readSetting"];
        /**
         * Change a setting
         * @description It applies from the next request on, and on every node within a second.
         *
         *     Needs the permission `settings.change`.
         *
         *     Needs recent authentication.
         */
        put: operations["changeSetting"];
        post?: never;
        /**
         * Reset a setting to its default
         * @description Needs the permission `settings.change`.
         *
         *     Needs recent authentication.
         */
        delete: operations["resetSetting"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/setting-changes/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the changes of settings, newest first
         * @description Needs the permission `settings.view`.
         */
        get: operations["listSettingChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/setting-changes/{id}/rollback/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo a change
         * @description The setting gets the value that it had before that change, even if it was changed again since. `expected_version` is that of the setting. This is recorded as a new change. The answer is the setting.
         *
         *     Needs the permission `settings.change`.
         *
         *     Needs recent authentication.
         */
        post: operations["rollBackSettingChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/keys/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the signing keys
         * @description Needs the permission `keys.view`.
         */
        get: operations["listSigningKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/keys/rotate/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create the next signing key now
         * @description It is published at once, and begins to sign 15 minutes later.
         *
         *     Needs the permission `keys.rotate`.
         *
         *     Needs recent authentication.
         */
        post: operations["rotateSigningKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the events, newest first
         * @description Needs the permission `audit.view`.
         */
        get: operations["listAuditEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit/kinds/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the kinds of events
         * @description Needs the permission `audit.view`.
         */
        get: operations["listAuditKinds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit/export/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the audit log
         * @description JSON lines, as a stream, the newest first. The download is recorded. If the connection is reset, the log is not complete.
         *
         *     Needs the permission `audit.export`.
         *
         *     Needs recent authentication.
         */
        get: operations["exportAuditEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive?
         * @description Checks nothing else. If this does not answer, restart the process.
         */
        get: operations["checkHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can the server handle requests?
         * @description The database answers and accepts writes, its migrations are applied, and the process is not stopping. If this is not 200, send it no requests.
         */
        get: operations["checkReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This description
         * @description OpenAPI 3.1. Clients can be generated from it.
         */
        get: operations["readApiDescription"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What an error code means
         * @description A page for browsers, JSON for other clients.
         */
        get: operations["explainProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * KeySet
         * @description The public keys (RFC 7517). There are none while tokens are signed with HS256.
         */
        KeySet: {
            keys: ({
                /** @example OKP */
                kty: string;
                /** @example kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k */
                kid: string;
                /** @example EdDSA */
                alg: string;
                /** @example sig */
                use: string;
            } & {
                [key: string]: unknown;
            })[];
        };
        /**
         * ErrorCode
         * @description The kind of error.
         * @enum {string}
         */
        ErrorCode: "invalid_fields" | "invalid_body" | "malformed_body" | "malformed_request" | "not_found" | "method_not_allowed" | "request_timeout" | "body_too_large" | "unsupported_media_type" | "headers_too_large" | "invalid_refresh_token" | "invalid_link_token" | "invalid_code" | "invalid_passkey" | "flow_expired" | "invalid_credentials" | "second_factor_required" | "second_factor_enrolment_required" | "not_authenticated" | "invalid_token_header" | "invalid_token" | "user_inactive" | "insufficient_user_authentication" | "no_admin_permission" | "csrf_refused" | "mail_sign_in_off" | "email_not_verified" | "second_factors_off" | "registration_closed" | "already_set_up" | "email_already_verified" | "password_already_set" | "too_many_factors" | "factor_required" | "no_factor" | "passkey_upgrade_not_due" | "permission_denied" | "version_conflict" | "setting_pinned" | "cannot_rotate" | "last_superuser" | "mail_finished" | "rate_limited" | "internal_error" | "overloaded" | "mail_not_configured" | "passkeys_not_configured" | "database_unavailable" | "maintenance" | "not_ready" | "shutting_down";
        /**
         * EndCause
         * @description Why a session ended.
         * @enum {string}
         */
        EndCause: "logged_out" | "session_expired" | "refresh_token_reused" | "session_revoked" | "session_revoked_by_admin" | "impersonation_ended" | "session_limit_reached" | "password_changed" | "password_reset" | "email_proven" | "email_restored" | "reported_by_user" | "factors_reset" | "second_factor_due" | "user_deactivated" | "database_restored";
        /**
         * Problem
         * @description Every error (RFC 9457). Each bad field has a member by its name: a list of messages.
         */
        Problem: {
            /**
             * Format: uri-reference
             * @description Where the code is explained.
             */
            type: string;
            /** @description One sentence, always the same for a code. */
            title: string;
            status: number;
            code: components["schemas"]["ErrorCode"] | components["schemas"]["EndCause"];
            /** @description The name of this request in the server's log. */
            request_id: string;
            /** @description What is wrong in this case. */
            detail?: string;
            /** @description The same text, where older clients read it. */
            error?: string;
            /** @description With `insufficient_user_authentication`: how the user may prove who they are, separated by spaces, the best first: `aal1` (password), `aal2` (second factor), `phr` (passkey). */
            acr_values?: string;
            /** @description With `insufficient_user_authentication`: how long ago that may have been, in seconds. */
            max_age?: number;
            /** @description With `second_factor_required`: send it with the second factor. With `invalid_fields`: what is wrong with the member of that name. */
            flow?: string | string[];
            /** @description With `second_factor_required`: the factors that the user has. */
            methods?: ("passkey" | "totp" | "recovery_code")[];
            /** @description With `second_factor_required`: for how many seconds `flow` is good. */
            expires_in?: number;
            /** @description With `second_factor_required` and `second_factor_enrolment_required`: for how many seconds the device can be remembered (`remember`); 0: not at all. */
            remember_for?: number;
            /** @description With `invalid_code`: how often another one may be sent. */
            tries_left?: number;
            /** @description With `invalid_passkey`: why, for programs: `expired`, `used`, `other_request`, `wrong_origin`, `wrong_site`, `not_present`, `not_verified`, `wrong_signature`, `unsupported`, `unknown`, `changed`, `counter_regressed`, `already_added` or `malformed`. With `invalid_fields`: what is wrong with the member of that name. */
            reason?: string | string[];
            /** @description With `invalid_passkey`: the passkey is gone for good, and a page may tell the browser so. */
            signal_unknown?: boolean;
            /** @description With `version_conflict`: the current value, as a GET answers it. */
            current?: unknown;
        } & {
            [key: string]: unknown;
        };
        /** Registration */
        Registration: {
            /**
             * Format: email
             * @example ada@example.com
             */
            email: string;
            /** @example correct horse battery */
            password: string;
        };
        /**
         * Profile
         * @description A profile.
         */
        Profile: {
            /** @example 1 */
            id: number;
            /**
             * @description `""` until it is set.
             * @example ada
             */
            username: string;
            /** @example ada@example.com */
            email: string;
        };
        /** RegistrationStart */
        RegistrationStart: {
            /**
             * Format: email
             * @example ada@example.com
             */
            email: string;
        };
        /**
         * BegunFlow
         * @description The flow has begun.
         */
        BegunFlow: {
            /**
             * @description Send it back with the code of the mail.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow: string;
            /**
             * @description In how many seconds the flow expires.
             * @example 600
             */
            expires_in: number;
        };
        /** RegistrationConfirmation */
        RegistrationConfirmation: {
            /**
             * @description The `flow` of the answer that began the flow.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow?: string;
            /**
             * @description The code in the mail.
             * @example 123456
             */
            code?: string;
            /**
             * @description The token of a link, instead of `flow` and `code`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token?: string;
            /** @example correct horse battery */
            password: string;
            /** @example ada */
            username?: string;
        };
        /**
         * OwnProfile
         * @description Your profile.
         */
        OwnProfile: {
            /** @example 1 */
            id: number;
            /**
             * @description `""` until it is set.
             * @example ada
             */
            username: string;
            /** @example ada@example.com */
            email: string;
            /**
             * @description Whether the user has proven that the email is theirs.
             * @example false
             */
            email_verified: boolean;
            /**
             * @description The language that the user reads (BCP 47), for mail: what they asked for first, or have chosen. Null: nothing is known.
             * @example de-AT
             */
            locale: string | null;
            /**
             * Format: date-time
             * @description Until when you have to add a second factor, or a passkey. Absent: you need not, or have one.
             * @example 2026-03-08T08:00:00.000Z
             */
            second_factor_due_at?: string;
        };
        /** Credentials */
        Credentials: {
            /** @example ada@example.com */
            email: string;
            /** @example correct horse battery */
            password: string;
            /**
             * @description The `device_token` that a remembered device was given: the second factor is not asked for there.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            device_token?: string;
        };
        /**
         * TokenPair
         * @description The tokens of a session.
         */
        TokenPair: {
            /**
             * @description A JWT, for `Authorization: Bearer`.
             * @example eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl
             */
            access_token: string;
            /**
             * Format: uuid
             * @description Works once, at `/api/refresh/`.
             * @example 0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11
             */
            refresh_token: string;
        };
        /** SecondFactor */
        SecondFactor: {
            /**
             * @description The `flow` of the answer that asked for the second factor.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow: string;
            /**
             * @description Whether the device is remembered, for `TRUSTED_DEVICE_LIFETIME`: the answer has a `device_token` for it.
             * @example false
             */
            remember?: boolean;
            /**
             * @description The code that an authenticator app shows. It may have spaces.
             * @example 123456
             */
            code?: string;
            /**
             * @description A recovery code. Its letter case and its dashes do not matter.
             * @example 1-7K3M-9QXW-2F5D-8ZRT
             */
            recovery_code?: string;
            /**
             * @description What `navigator.credentials` answered, as `toJSON()` has it (WebAuthn Level 3, 5.1.8); in a form, as JSON.
             * @example {
             *       "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
             *       "type": "public-key",
             *       "response": {}
             *     }
             */
            credential?: {
                [key: string]: unknown;
            };
        };
        /**
         * RememberedTokenPair
         * @description The tokens of a session.
         */
        RememberedTokenPair: {
            /**
             * @description A JWT, for `Authorization: Bearer`.
             * @example eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl
             */
            access_token: string;
            /**
             * Format: uuid
             * @description Works once, at `/api/refresh/`.
             * @example 0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11
             */
            refresh_token: string;
            /**
             * @description Only with `remember`. Send it at the next sign-in on this device: the second factor is not asked for.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            device_token?: string;
        };
        /** SignInFlow */
        SignInFlow: {
            /**
             * @description The `flow` of the answer that asked for the second factor.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow: string;
        };
        /**
         * PasskeyRequestOptions
         * @description What to ask the authenticator for.
         */
        PasskeyRequestOptions: {
            /** @description For `PublicKeyCredential.parseRequestOptionsFromJSON()`. */
            public_key: {
                /**
                 * @description The RP ID.
                 * @example example.com
                 */
                rpId: string;
                /**
                 * @description It says under a MAC what it is for, and is good once.
                 * @example 3Zg0oVnXrKeDEWv2bEZs1Wmf0x1pFUVHfXNOQkJx9PAbT1sC6rDqH2oM7nZRhcYSNBJB7Q
                 */
                challenge: string;
                /**
                 * @description In milliseconds.
                 * @example 600000
                 */
                timeout: number;
                /**
                 * @description `required` or `preferred`.
                 * @example required
                 */
                userVerification: string;
                /** @description Which passkeys may be used; empty: any that the device finds. */
                allowCredentials: {
                    /** @example pO6yQ2xQq0Kk0q4Q8mCk1w */
                    id: string;
                    /** @example public-key */
                    type: string;
                    transports: string[];
                }[];
            };
            /**
             * @description For how many seconds the challenge is good.
             * @example 600
             */
            expires_in: number;
        };
        /** EnrolmentStart */
        EnrolmentStart: {
            /**
             * @description The `flow` of the answer that asked for the second factor.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow: string;
            /**
             * @description An authenticator app.
             * @example totp
             * @enum {string}
             */
            kind: "totp";
            /**
             * @description What the user calls it.
             * @example Phone
             */
            name?: string;
        };
        /**
         * NewAuthenticatorApp
         * @description It counts for nothing until a code of it is sent, within ten minutes.
         */
        NewAuthenticatorApp: {
            /** @example 3 */
            id: number;
            /**
             * @description For an app that reads no QR code, in base32.
             * @example JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
             */
            secret: string;
            /**
             * @description What an app reads from the QR code. It opens the app on a phone.
             * @example otpauth://totp/Example:ada%40example.com?issuer=Example&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30
             */
            uri: string;
            /**
             * @description The QR code, as an SVG image.
             * @example <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 57 57"></svg>
             */
            qr_svg: string;
        };
        /** EnrolmentConfirmation */
        EnrolmentConfirmation: {
            /**
             * @description The `flow` of the answer that asked for the second factor.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow: string;
            /**
             * @description That of the app, as the first step answered it.
             * @example 3
             */
            id: number;
            /**
             * @description The code that the app shows.
             * @example 123456
             */
            code: string;
            /**
             * @description Whether the device is remembered, for `TRUSTED_DEVICE_LIFETIME`: the answer has a `device_token` for it.
             * @example false
             */
            remember?: boolean;
        };
        /**
         * EnrolledTokenPair
         * @description The tokens of a session.
         */
        EnrolledTokenPair: {
            /**
             * @description A JWT, for `Authorization: Bearer`.
             * @example eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl
             */
            access_token: string;
            /**
             * Format: uuid
             * @description Works once, at `/api/refresh/`.
             * @example 0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11
             */
            refresh_token: string;
            /**
             * @description Only with `remember`. Send it at the next sign-in on this device: the second factor is not asked for.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            device_token?: string;
            /**
             * @description Shown this once. Empty if the user has some already.
             * @example [
             *       "1-7K3M-9QXW-2F5D-8ZRT"
             *     ]
             */
            recovery_codes: string[];
        };
        /**
         * PasskeyCreationOptions
         * @description What to ask the authenticator for.
         */
        PasskeyCreationOptions: {
            /** @description For `PublicKeyCredential.parseCreationOptionsFromJSON()`. */
            public_key: {
                rp: {
                    /**
                     * @description The RP ID.
                     * @example example.com
                     */
                    id: string;
                    /** @example Example */
                    name: string;
                };
                user: {
                    /**
                     * @description A random handle, the same for all passkeys of the user.
                     * @example nZRhcYSNBJB7cLqzmrGGZn1UZu9IJ9Ov3I2iWtbBMGs
                     */
                    id: string;
                    /** @example ada@example.com */
                    name: string;
                    /** @example ada */
                    displayName: string;
                };
                /**
                 * @description It says under a MAC what it is for, and is good once.
                 * @example 3Zg0oVnXrKeDEWv2bEZs1Wmf0x1pFUVHfXNOQkJx9PAbT1sC6rDqH2oM7nZRhcYSNBJB7Q
                 */
                challenge: string;
                pubKeyCredParams: {
                    /** @example -7 */
                    alg: number;
                    /** @example public-key */
                    type: string;
                }[];
                /**
                 * @description In milliseconds.
                 * @example 600000
                 */
                timeout: number;
                /** @description The passkeys that the user has. */
                excludeCredentials: {
                    /** @example pO6yQ2xQq0Kk0q4Q8mCk1w */
                    id: string;
                    /** @example public-key */
                    type: string;
                    transports: string[];
                }[];
                authenticatorSelection: {
                    /** @example preferred */
                    residentKey: string;
                    /**
                     * @description `required` or `preferred`.
                     * @example preferred
                     */
                    userVerification: string;
                };
                /** @example none */
                attestation: string;
                extensions: {
                    /** @example true */
                    credProps: boolean;
                };
            };
            /**
             * @description For how many seconds the challenge is good.
             * @example 600
             */
            expires_in: number;
        };
        /** EnrolmentPasskey */
        EnrolmentPasskey: {
            /**
             * @description The `flow` of the answer that asked for the second factor.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow: string;
            /**
             * @description What `navigator.credentials` answered, as `toJSON()` has it (WebAuthn Level 3, 5.1.8); in a form, as JSON.
             * @example {
             *       "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
             *       "type": "public-key",
             *       "response": {}
             *     }
             */
            credential: {
                [key: string]: unknown;
            };
            /**
             * @description What the user calls it.
             * @example Phone
             */
            name?: string;
            /**
             * @description Whether the device is remembered, for `TRUSTED_DEVICE_LIFETIME`: the answer has a `device_token` for it.
             * @example false
             */
            remember?: boolean;
        };
        /** MailSignIn */
        MailSignIn: {
            /**
             * Format: email
             * @example ada@example.com
             */
            email: string;
        };
        /** MailSignInConfirmation */
        MailSignInConfirmation: {
            /**
             * @description The `flow` of the answer that began the flow.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow: string;
            /**
             * @description The code in the mail.
             * @example 123456
             */
            code: string;
            /**
             * @description The `device_token` that a remembered device was given: the second factor is not asked for there.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            device_token?: string;
        };
        /** PasskeySignIn */
        PasskeySignIn: {
            /**
             * @description What `navigator.credentials` answered, as `toJSON()` has it (WebAuthn Level 3, 5.1.8); in a form, as JSON.
             * @example {
             *       "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
             *       "type": "public-key",
             *       "response": {}
             *     }
             */
            credential: {
                [key: string]: unknown;
            };
        };
        /** RefreshToken */
        RefreshToken: {
            /**
             * Format: uuid
             * @example 0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11
             */
            refresh_token: string;
            /**
             * @description Says that no other request of this client has used the token. If it was used, its session ends at once (`refresh_token_reused`), and not only after the grace period.
             * @example false
             */
            report_reuse?: boolean;
        };
        /**
         * SessionList
         * @description The active sessions, the last used first.
         */
        SessionList: {
            sessions: {
                /** @example 7 */
                id: number;
                /**
                 * Format: date-time
                 * @description When the user signed in.
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @description When it was last refreshed.
                 * @example 2026-03-02T09:30:00.000Z
                 */
                last_used_at: string;
                /**
                 * Format: date-time
                 * @description When it ends if it is not refreshed.
                 * @example 2026-04-01T09:30:00.000Z
                 */
                expires_at: string;
                /**
                 * @description The IP of the sign-in.
                 * @example 203.0.113.7
                 */
                ip: string | null;
                /**
                 * @description The device, in words.
                 * @example Firefox on Linux
                 */
                device: string | null;
                /**
                 * @description Whether an administrator acts in it in the name of the user.
                 * @example false
                 */
                is_support_access: boolean;
                /**
                 * @description Whether it is the session of this access token.
                 * @example true
                 */
                is_current: boolean;
            }[];
        };
        /**
         * EndedCount
         * @description The sessions have ended; their tokens are refused from the next request on.
         */
        EndedCount: {
            /**
             * @description How many sessions ended.
             * @example 2
             */
            ended: number;
        };
        /**
         * FactorList
         * @description What you can sign in with besides the password.
         */
        FactorList: {
            authenticator_apps: {
                /** @example 3 */
                id: number;
                /**
                 * @description What the user calls it.
                 * @example Phone
                 */
                name: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * @description Null: not yet.
                 * @example 2026-03-02T09:30:00.000Z
                 */
                last_used_at: string | null;
            }[];
            passkeys: {
                /** @example 3 */
                id: number;
                /**
                 * @description What the user calls it.
                 * @example Phone
                 */
                name: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * @description Null: not yet.
                 * @example 2026-03-02T09:30:00.000Z
                 */
                last_used_at: string | null;
                /**
                 * @description Whether its provider keeps a copy, for the other devices of the user.
                 * @example true
                 */
                is_backed_up: boolean;
                /**
                 * @description Whether it can be used here. False: it is for an RP ID that the server had before, so do not offer it.
                 * @example true
                 */
                is_usable: boolean;
            }[];
            /** @example 9 */
            recovery_codes_left: number;
            /**
             * @description On how many devices no second factor is asked for.
             * @example 1
             */
            remembered_devices: number;
        };
        /** NewFactor */
        NewFactor: {
            /**
             * @description An authenticator app.
             * @example totp
             * @enum {string}
             */
            kind: "totp";
            /**
             * @description Default: Authenticator app.
             * @example Phone
             */
            name?: string;
        };
        /** FactorConfirmation */
        FactorConfirmation: {
            /**
             * @description The code that the app shows.
             * @example 123456
             */
            code: string;
            /**
             * @description Whether all other sessions of the user end.
             * @example false
             */
            end_other_sessions?: boolean;
        };
        /**
         * RecoveryCodes
         * @description Keep them.
         */
        RecoveryCodes: {
            /** @description Each works once. They are told once; empty: those that the user has stay. */
            recovery_codes: string[];
        };
        /** FactorName */
        FactorName: {
            /**
             * @description What the user calls it.
             * @example Phone
             */
            name: string;
        };
        /** FactorRemoval */
        FactorRemoval: {
            /**
             * @description Whether all other sessions of the user end.
             * @example false
             */
            end_other_sessions?: boolean;
        };
        /**
         * TrustedDeviceList
         * @description The devices on which no second factor is asked for, the last used first.
         */
        TrustedDeviceList: {
            devices: {
                /** @example 7 */
                id: number;
                /**
                 * @description The device, in words.
                 * @example Firefox on Linux
                 */
                device: string | null;
                /**
                 * @description The IP of the sign-in that it was remembered at.
                 * @example 203.0.113.7
                 */
                ip: string | null;
                /**
                 * Format: date-time
                 * @description When it was remembered.
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * @description When the user last signed in on it.
                 * @example 2026-03-02T09:30:00.000Z
                 */
                last_used_at: string | null;
                /**
                 * Format: date-time
                 * @description When it is forgotten.
                 * @example 2026-03-31T08:00:00.000Z
                 */
                expires_at: string;
                /**
                 * @description Whether the session of this access token was started on it.
                 * @example true
                 */
                is_current: boolean;
            }[];
        };
        /**
         * ForgottenCount
         * @description The second factor is asked for there again.
         */
        ForgottenCount: {
            /**
             * @description How many were forgotten.
             * @example 1
             */
            forgotten: number;
        };
        /**
         * PasskeyList
         * @description Your passkeys.
         */
        PasskeyList: {
            /** @description The oldest first. */
            passkeys: {
                /** @example 3 */
                id: number;
                /**
                 * @description What the user calls it.
                 * @example Laptop
                 */
                name: string;
                /**
                 * @description Its provider, by its AAGUID, which nothing proves. Null: nobody knows.
                 * @example 1Password
                 */
                provider: string | null;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * @description Null: not yet.
                 * @example 2026-03-02T09:30:00.000Z
                 */
                last_used_at: string | null;
                /**
                 * @description Whether its provider keeps a copy, for the other devices of the user.
                 * @example true
                 */
                is_backed_up: boolean;
                /**
                 * @description Whether it signs in without a password. Else it is a second factor, as a security key without a PIN is.
                 * @example true
                 */
                signs_in_alone: boolean;
                /**
                 * @description Whether it can be used here. False: it is for an RP ID that the server had before, so do not offer it.
                 * @example true
                 */
                is_usable: boolean;
            }[];
            /**
             * @description What a page tells the devices of the user after a sign-in or a change, by `PublicKeyCredential.signalAllAcceptedCredentials()` and `signalCurrentUserDetails()`. Null: the user never had a passkey.
             * @example {
             *       "rp_id": "example.com",
             *       "user_id": "nZRhcYSNBJB7cLqzmrGGZn1UZu9IJ9Ov3I2iWtbBMGs",
             *       "name": "ada@example.com",
             *       "display_name": "ada",
             *       "credential_ids": [
             *         "pO6yQ2xQq0Kk0q4Q8mCk1w"
             *       ]
             *     }
             */
            signal: {
                /**
                 * @description The RP ID.
                 * @example example.com
                 */
                rp_id: string;
                /** @example nZRhcYSNBJB7cLqzmrGGZn1UZu9IJ9Ov3I2iWtbBMGs */
                user_id: string;
                /** @example ada@example.com */
                name: string;
                /** @example ada */
                display_name: string;
                credential_ids: string[];
            } | null;
        };
        /** NewPasskey */
        NewPasskey: {
            /**
             * @description What `navigator.credentials` answered, as `toJSON()` has it (WebAuthn Level 3, 5.1.8); in a form, as JSON.
             * @example {
             *       "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
             *       "type": "public-key",
             *       "response": {}
             *     }
             */
            credential: {
                [key: string]: unknown;
            };
            /**
             * @description What the user calls it.
             * @example Phone
             */
            name?: string;
            /**
             * @description Whether all other sessions of the user end.
             * @example false
             */
            end_other_sessions?: boolean;
        };
        /**
         * AddedPasskey
         * @description The new passkey.
         */
        AddedPasskey: {
            /** @example 3 */
            id: number;
            /** @example 1Password */
            name: string;
            /** @description With the first factor: each works once. They are told once. Empty: those that the user has stay. */
            recovery_codes: string[];
        };
        /** NewPasskeyStart */
        NewPasskeyStart: {
            /**
             * @description Whether the browser is to make it without asking the user, right after a sign-in with a password (conditional create). Once a month, and only for users without a passkey.
             * @example false
             */
            is_upgrade?: boolean;
        };
        /**
         * PasskeyOrigins
         * @description The origins.
         */
        PasskeyOrigins: {
            origins: string[];
        };
        /**
         * PasskeyPages
         * @description The pages.
         */
        PasskeyPages: {
            /** @example https://auth.example.com/account/security/ */
            enroll: string;
            /** @example https://auth.example.com/account/security/ */
            manage: string;
        };
        /** ProfileChange */
        ProfileChange: {
            /** @example ada */
            username?: string;
            /**
             * Format: email
             * @example ada@example.com
             */
            email?: string;
            /**
             * @description The language for mail (BCP 47), where a request does not ask for one. Null: none.
             * @example de-AT
             */
            locale?: string | null;
        };
        /**
         * ChangedProfile
         * @description The profile after the change.
         */
        ChangedProfile: {
            /** @example 1 */
            id: number;
            /**
             * @description `""` until it is set.
             * @example ada
             */
            username: string;
            /** @example ada@example.com */
            email: string;
            /**
             * @description Whether the user has proven that the email is theirs.
             * @example false
             */
            email_verified: boolean;
            /**
             * @description The language that the user reads (BCP 47), for mail: what they asked for first, or have chosen. Null: nothing is known.
             * @example de-AT
             */
            locale: string | null;
            /**
             * Format: date-time
             * @description Until when you have to add a second factor, or a passkey. Absent: you need not, or have one.
             * @example 2026-03-08T08:00:00.000Z
             */
            second_factor_due_at?: string;
            /**
             * @description The email that is to be proven first. Absent: none.
             * @example ada@example.org
             */
            pending_email?: string;
            /**
             * @description Send it back with the code of the mail.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow?: string;
            /**
             * @description In how many seconds the flow expires.
             * @example 600
             */
            expires_in?: number;
        };
        /** AccountDeletion */
        AccountDeletion: {
            /**
             * @description Without it, recent authentication has to stand in: of a user who has no password, or a factor.
             * @example correct horse battery
             */
            password?: string;
            /**
             * @description True in place of `password`.
             * @example true
             */
            confirm?: boolean;
        };
        /** EmailChange */
        EmailChange: {
            /**
             * Format: email
             * @example ada@example.com
             */
            email: string;
            /**
             * @description Absent: recent authentication stands in, of a user who has no password, or a factor.
             * @example correct horse battery
             */
            password?: string;
        };
        /** EmailChangeConfirmation */
        EmailChangeConfirmation: {
            /**
             * @description The `flow` of the answer that began the flow.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow?: string;
            /**
             * @description The code in the mail.
             * @example 123456
             */
            code?: string;
            /**
             * @description The token of a link, instead of `flow` and `code`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token?: string;
        };
        /** EmailUndo */
        EmailUndo: {
            /**
             * @description The part of the link after `token=`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token: string;
        };
        /** PasswordChange */
        PasswordChange: {
            /**
             * @description Absent: the user has none, and recent authentication stands in.
             * @example correct horse battery
             */
            current_password?: string;
            /** @example correct horse battery staple */
            new_password: string;
        };
        /** Reauthentication */
        Reauthentication: {
            /**
             * @description For a user who has no second factor.
             * @example correct horse battery
             */
            password?: string;
            /**
             * @description The code that an authenticator app shows. It may have spaces.
             * @example 123456
             */
            code?: string;
            /**
             * @description What `navigator.credentials` answered, as `toJSON()` has it (WebAuthn Level 3, 5.1.8); in a form, as JSON.
             * @example {
             *       "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
             *       "type": "public-key",
             *       "response": {}
             *     }
             */
            credential?: {
                [key: string]: unknown;
            };
        };
        /**
         * RecentAuthentication
         * @description The user has proven it.
         */
        RecentAuthentication: {
            /**
             * Format: date-time
             * @description When recent authentication ends.
             * @example 2026-03-01T08:15:00.000Z
             */
            recent_until: string;
        };
        /**
         * AuditKind
         * @description The kind of an event.
         * @example session.started
         * @enum {string}
         */
        AuditKind: "session.started" | "session.ended" | "token.reused" | "login.failed" | "user.reauthentication_failed" | "failures.omitted" | "factor.failed" | "password.changed" | "password.reset" | "email.verified" | "password.dropped" | "email.restored" | "user.reauthenticated" | "factor.added" | "factor.removed" | "factor.renamed" | "factors.dropped" | "recovery_codes.created" | "recovery_code.used" | "passkey.counter_regressed" | "device.remembered" | "device.forgotten" | "factors.reset" | "factors.reset_requested" | "factors.reset_cancelled" | "user.registered" | "user.created" | "user.changed" | "user.deactivated" | "user.activated" | "user.deleted" | "users.imported" | "users.reset_by_import" | "sessions.imported" | "impersonation.started" | "users.exported" | "user.exported" | "role.created" | "role.changed" | "role.deleted" | "user.permissions_changed" | "user.superuser_changed" | "invitation.created" | "invitation.accepted" | "notice.reported" | "mail.bounced" | "mail.resent" | "mail.tested" | "setting.changed" | "key.rotated" | "key.revoked" | "secret.rotated" | "secret.retired" | "secret.adopted" | "audit.started" | "audit.chain_broken" | "audit.exported" | "backup.made" | "backup.restored";
        /**
         * Export
         * @description All that the server stores about the user, without secrets.
         */
        Export: {
            user: {
                /** @example 1 */
                id: number;
                /** @example ada@example.com */
                email: string;
                /** @example 2026-03-01T08:05:00.000Z */
                email_verified_at: string | null;
                /** @example ada */
                username: string;
                /** @example de-AT */
                locale: string | null;
                /** @example true */
                is_active: boolean;
                /** @example false */
                is_superuser: boolean;
                /** @example true */
                has_password: boolean;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                updated_at: string;
            };
            roles: string[];
            /** @description The permissions that were granted directly, not by a role. */
            permissions: string[];
            sessions: {
                /** @example 7 */
                id: number;
                /** @example 203.0.113.7 */
                ip: string | null;
                /** @example Firefox on Linux */
                device: string | null;
                /**
                 * @description How many times it was refreshed.
                 * @example 12
                 */
                refreshes: number;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @example 2026-03-02T09:30:00.000Z
                 */
                last_used_at: string;
                /**
                 * Format: date-time
                 * @example 2026-04-01T09:30:00.000Z
                 */
                expires_at: string;
                /** @example null */
                ended_at: string | null;
                /** @example null */
                end_cause: components["schemas"]["EndCause"] | null;
                /** @example 2026-03-01T08:00:00.000Z */
                authenticated_at: string | null;
            }[];
            /**
             * FactorList
             * @description What you can sign in with besides the password.
             */
            factors: {
                authenticator_apps: {
                    /** @example 3 */
                    id: number;
                    /**
                     * @description What the user calls it.
                     * @example Phone
                     */
                    name: string;
                    /**
                     * Format: date-time
                     * @example 2026-03-01T08:00:00.000Z
                     */
                    created_at: string;
                    /**
                     * @description Null: not yet.
                     * @example 2026-03-02T09:30:00.000Z
                     */
                    last_used_at: string | null;
                }[];
                passkeys: {
                    /** @example 3 */
                    id: number;
                    /**
                     * @description What the user calls it.
                     * @example Phone
                     */
                    name: string;
                    /**
                     * Format: date-time
                     * @example 2026-03-01T08:00:00.000Z
                     */
                    created_at: string;
                    /**
                     * @description Null: not yet.
                     * @example 2026-03-02T09:30:00.000Z
                     */
                    last_used_at: string | null;
                    /**
                     * @description Whether its provider keeps a copy, for the other devices of the user.
                     * @example true
                     */
                    is_backed_up: boolean;
                    /**
                     * @description Whether it can be used here. False: it is for an RP ID that the server had before, so do not offer it.
                     * @example true
                     */
                    is_usable: boolean;
                }[];
                /** @example 9 */
                recovery_codes_left: number;
                /**
                 * @description On how many devices no second factor is asked for.
                 * @example 1
                 */
                remembered_devices: number;
            };
            /** @description Emails that were changed lately, and can be restored until then. */
            former_emails: {
                /** @example ada@example.org */
                email: string;
                /**
                 * Format: date-time
                 * @example 2026-03-08T08:00:00.000Z
                 */
                kept_until: string;
            }[];
            /** @description The mails about the user that the outbox still has, the newest first. */
            mails: {
                /** @example password_reset */
                kind: string;
                /** @example ada@example.com */
                email: string;
                /** @example sent */
                state: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
            }[];
            /** @description The networks that the user signed in from. */
            known_networks: {
                /**
                 * @description An IPv4 IP, or the /64 of an IPv6 one.
                 * @example 203.0.113.7
                 */
                network: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T00:00:00.000Z
                 */
                last_used_at: string;
            }[];
            /** @description What the audit log has about the user, the newest first, up to 10,000. */
            events: {
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                at: string;
                /** @example session.started */
                kind: components["schemas"]["AuditKind"] | string;
                /** @example 203.0.113.7 */
                ip: string | null;
            }[];
        };
        /** InvitationAcceptance */
        InvitationAcceptance: {
            /**
             * @description The part of the link after `token=`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token: string;
            /** @example correct horse battery */
            password: string;
        };
        /** InvitationToken */
        InvitationToken: {
            /**
             * @description The part of the link after `token=`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token: string;
        };
        /**
         * InvitedUser
         * @description The link is valid.
         */
        InvitedUser: {
            /** @example ada@example.com */
            email: string;
        };
        /** Setup */
        Setup: {
            /**
             * @description The part of the link after `token=`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token: string;
            /**
             * Format: email
             * @example ada@example.com
             */
            email: string;
            /** @example correct horse battery */
            password: string;
        };
        /** SetupToken */
        SetupToken: {
            /**
             * @description The part of the link after `token=`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token: string;
        };
        /**
         * GoodLink
         * @description The link is valid.
         */
        GoodLink: Record<string, never>;
        /** EmailVerificationConfirmation */
        EmailVerificationConfirmation: {
            /**
             * @description The `flow` of the answer that began the flow.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow?: string;
            /**
             * @description The code in the mail.
             * @example 123456
             */
            code?: string;
            /**
             * @description The token of a link, instead of `flow` and `code`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token?: string;
        };
        /** UnsignedVerificationConfirmation */
        UnsignedVerificationConfirmation: {
            /**
             * @description The `flow` of the answer that began the flow.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow: string;
            /**
             * @description The code in the mail.
             * @example 123456
             */
            code: string;
        };
        /** PasswordReset */
        PasswordReset: {
            /**
             * Format: email
             * @example ada@example.com
             */
            email: string;
        };
        /** PasswordResetConfirmation */
        PasswordResetConfirmation: {
            /**
             * @description The `flow` of the answer that began the flow.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow?: string;
            /**
             * @description The code in the mail.
             * @example 123456
             */
            code?: string;
            /**
             * @description The token of a link, instead of `flow` and `code`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token?: string;
            /** @example correct horse battery */
            password: string;
            /** @description A second factor: exactly one of the members. */
            second_factor?: {
                /**
                 * @description The code that an authenticator app shows. It may have spaces.
                 * @example 123456
                 */
                code?: string;
                /**
                 * @description A recovery code. Its letter case and its dashes do not matter.
                 * @example 1-7K3M-9QXW-2F5D-8ZRT
                 */
                recovery_code?: string;
                /**
                 * @description What `navigator.credentials` answered, as `toJSON()` has it (WebAuthn Level 3, 5.1.8); in a form, as JSON.
                 * @example {
                 *       "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *       "type": "public-key",
                 *       "response": {}
                 *     }
                 */
                credential?: {
                    [key: string]: unknown;
                };
            };
        };
        /** PasswordResetOptions */
        PasswordResetOptions: {
            /**
             * @description The `flow` of the answer that began the flow.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow?: string;
            /**
             * @description The code in the mail.
             * @example 123456
             */
            code?: string;
            /**
             * @description The token of a link, instead of `flow` and `code`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token?: string;
        };
        /** NotMe */
        NotMe: {
            /**
             * @description The part of the link after `token=`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token: string;
            /**
             * @description The code in the mail.
             * @example 123456
             */
            code: string;
        };
        /**
         * NotMeReport
         * @description It was done.
         */
        NotMeReport: {
            /** @example 3 */
            ended_sessions: number;
            /**
             * @description Of the reset that was mailed: send it to `/api/password-reset/confirm/` with the code of that mail. Null where none was: support access was ended, or this server sends no mail.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            flow: string | null;
            /**
             * @description In how many seconds the flow ends.
             * @example 600
             */
            expires_in: number | null;
        };
        /** FactorResetCancellation */
        FactorResetCancellation: {
            /**
             * @description The part of the link after `token=`.
             * @example a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            token: string;
        };
        /**
         * OwnPermissions
         * @description The permissions of the user, from roles and granted directly. For a superuser, who has every permission: all built-in ones, and all of the application's that anybody has.
         */
        OwnPermissions: {
            /** @example false */
            is_superuser: boolean;
            roles: string[];
            /** @description One page, by name. */
            permissions: string[];
            /**
             * @description The `cursor` of the next page; null on the last page.
             * @example null
             */
            next_cursor: string | null;
        };
        /** PermissionCheck */
        PermissionCheck: {
            /**
             * @example [
             *       "users.view",
             *       "invoices.approve"
             *     ]
             */
            permissions: string[];
            /** @description An access token of the user. */
            token?: string;
            /** @description The id of the user. */
            user_id?: number;
        };
        /**
         * CheckedPermissions
         * @description Whether the user has each permission. An unknown or deactivated user has none.
         */
        CheckedPermissions: {
            /** @example 7 */
            user_id: number;
            /**
             * @example {
             *       "users.view": true,
             *       "invoices.approve": false
             *     }
             */
            results: {
                [key: string]: boolean;
            };
        };
        /**
         * PermissionPage
         * @description One page of permissions: the built-in ones, then those of the application that are in use, by name.
         */
        PermissionPage: {
            items: {
                /** @example users.view */
                name: string;
                /**
                 * @description `''` for the permissions of the application.
                 * @example See users and what is stored about them.
                 */
                description: string;
                /**
                 * @description Whether it is built into the server.
                 * @example true
                 */
                is_builtin: boolean;
            }[];
            /**
             * @description The `cursor` of the next page; null on the last page.
             * @example null
             */
            next_cursor: string | null;
        };
        /**
         * RolePage
         * @description One page of roles, in the order of their ids.
         */
        RolePage: {
            items: {
                /** @example 1 */
                id: number;
                /** @example support */
                name: string;
                /**
                 * @description For people. `''` if there is none.
                 * @example Answers the mail of customers.
                 */
                description: string;
                /**
                 * @example [
                 *       "users.view",
                 *       "sessions.end"
                 *     ]
                 */
                permissions: string[];
                /**
                 * @description How strongly users of the role have to sign in: `aal1` as they like, `aal2` with a second factor, `phr` with a passkey. Nothing is required while `SECOND_FACTOR_POLICY` is `off`.
                 * @example aal1
                 * @enum {string}
                 */
                required_acr: "aal1" | "aal2" | "phr";
                /**
                 * @description How many users have it; 1,000 means that many or more.
                 * @example 3
                 */
                user_count: number;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                updated_at: string;
                /**
                 * @description It grows by one with each change. Send it back as `expected_version`.
                 * @example 3
                 */
                version: number;
            }[];
            /**
             * @description The `cursor` of the next page; null on the last page.
             * @example null
             */
            next_cursor: string | null;
        };
        /** NewRole */
        NewRole: {
            /** @example support */
            name: string;
            /**
             * @description For people. `''` if there is none.
             * @example Answers the mail of customers.
             */
            description?: string;
            /**
             * @example [
             *       "users.view",
             *       "sessions.end"
             *     ]
             */
            permissions?: string[];
            /**
             * @description How strongly users of the role have to sign in: `aal1` as they like, `aal2` with a second factor, `phr` with a passkey. Nothing is required while `SECOND_FACTOR_POLICY` is `off`.
             * @example aal1
             * @enum {string}
             */
            required_acr?: "aal1" | "aal2" | "phr";
        };
        /**
         * Role
         * @description The role.
         */
        Role: {
            /** @example 1 */
            id: number;
            /** @example support */
            name: string;
            /**
             * @description For people. `''` if there is none.
             * @example Answers the mail of customers.
             */
            description: string;
            /**
             * @example [
             *       "users.view",
             *       "sessions.end"
             *     ]
             */
            permissions: string[];
            /**
             * @description How strongly users of the role have to sign in: `aal1` as they like, `aal2` with a second factor, `phr` with a passkey. Nothing is required while `SECOND_FACTOR_POLICY` is `off`.
             * @example aal1
             * @enum {string}
             */
            required_acr: "aal1" | "aal2" | "phr";
            /**
             * @description How many users have it; 1,000 means that many or more.
             * @example 3
             */
            user_count: number;
            /**
             * Format: date-time
             * @example 2026-03-01T08:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-03-01T08:00:00.000Z
             */
            updated_at: string;
            /**
             * @description It grows by one with each change. Send it back as `expected_version`.
             * @example 3
             */
            version: number;
        };
        /** RoleChange */
        RoleChange: {
            /** @example support */
            name?: string;
            /**
             * @description For people. `''` if there is none.
             * @example Answers the mail of customers.
             */
            description?: string;
            /**
             * @example [
             *       "users.view",
             *       "sessions.end"
             *     ]
             */
            permissions?: string[];
            /**
             * @description How strongly users of the role have to sign in: `aal1` as they like, `aal2` with a second factor, `phr` with a passkey. Nothing is required while `SECOND_FACTOR_POLICY` is `off`.
             * @example aal1
             * @enum {string}
             */
            required_acr?: "aal1" | "aal2" | "phr";
            /**
             * @description The `version` that you know. If the version is another one by now, nothing is changed, and the answer is 409 with the current value. Absent: any version.
             * @example 3
             */
            expected_version?: number;
        };
        /**
         * DeletedCount
         * @description The role is deleted, and nobody has it any more.
         */
        DeletedCount: {
            /** @example 1 */
            deleted: number;
        };
        /**
         * Invitation
         * @description The invitation.
         */
        Invitation: {
            /**
             * @description The link. Send it only to the user: the first person to open it takes over the account.
             * @example https://auth.example.com/account/invitation/?token=a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k
             */
            url: string;
            /**
             * Format: date-time
             * @example 2026-03-04T08:00:00.000Z
             */
            expires_at: string;
            /**
             * @description Whether it is mailed to the user. It is not if the server has no SMTP server, or if the user has been sent as many mails as `MAILS_PER_RECIPIENT` allows.
             * @example true
             */
            is_mailed: boolean;
        };
        /**
         * UserPermissions
         * @description The roles and permissions of the user.
         */
        UserPermissions: {
            roles: {
                /** @example 1 */
                id: number;
                /** @example support */
                name: string;
            }[];
            /** @description The permissions that were granted directly, not by a role. */
            permissions: string[];
            /** @description All permissions of the user, by name; at most 1,000. */
            effective: string[];
            /**
             * @description Whether `effective` is complete.
             * @example true
             */
            is_effective_complete: boolean;
            /** @example false */
            is_superuser: boolean;
            /**
             * @description It grows by one with each change. Send it back as `expected_version`.
             * @example 3
             */
            version: number;
        };
        /** UserGrants */
        UserGrants: {
            /**
             * @example [
             *       1
             *     ]
             */
            roles?: number[];
            /**
             * @example [
             *       "users.view"
             *     ]
             */
            permissions?: string[];
            /**
             * @description The `version` that you know. If the version is another one by now, nothing is changed, and the answer is 409 with the current value. Absent: any version.
             * @example 3
             */
            expected_version?: number;
        };
        /**
         * OutboxPage
         * @description A page of the outbox, the newest first.
         */
        OutboxPage: {
            items: {
                /** @example 12 */
                id: number;
                /**
                 * @description The kind of mail.
                 * @example password_reset
                 */
                kind: string;
                /**
                 * @description `dead`: it was refused for good, or could not be sent in time.
                 * @example sent
                 * @enum {string}
                 */
                state: "pending" | "sent" | "dead";
                /**
                 * @description The user that it is about; null: nobody who has an account.
                 * @example 7
                 */
                user_id: number | null;
                /** @example ada@example.com */
                email: string;
                /** @example en */
                locale: string;
                /**
                 * @description The same at every attempt; mail servers name it in their logs.
                 * @example <0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10@example.com>
                 */
                message_id: string;
                /** @example 1 */
                attempts: number;
                /**
                 * @description The last reply of the SMTP server, or what is wrong with it.
                 * @example 250 2.0.0 Ok: queued as 4F1A
                 */
                last_reply: string | null;
                /**
                 * Format: date-time
                 * @description When it was put into the outbox.
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * @description When it is tried next; null if it does not wait any more.
                 * @example null
                 */
                due_at: string | null;
                /**
                 * Format: date-time
                 * @description It is not sent after that, because its contents are not valid any more.
                 * @example 2026-03-01T08:00:00.000Z
                 */
                expires_at: string;
                /**
                 * @description When it was sent or given up.
                 * @example null
                 */
                finished_at: string | null;
                /**
                 * @description When it came back; null: it did not, as far as anybody knows.
                 * @example null
                 */
                bounced_at: string | null;
            }[];
            /**
             * @description The `cursor` of the next page; null on the last page.
             * @example null
             */
            next_cursor: string | null;
        };
        /**
         * MailStatus
         * @description Whether mail leaves the server.
         */
        MailStatus: {
            /**
             * @description `smtp`: by an SMTP server. `kept`: not at all; the server serves its own machine alone, and mail is kept to be read. `none`: there is no mail, and what needs it answers 503.
             * @example smtp
             * @enum {string}
             */
            delivery: "smtp" | "kept" | "none";
            /**
             * @description The sender of mails; null if there is no mail.
             * @example no-reply@example.com
             */
            from: string | null;
            /**
             * @description How many mails wait to be sent; 1000 stands for that many or more.
             * @example 0
             */
            waiting: number;
            /**
             * @description What is wrong with the SMTP server, as the answering process has found; null if no mail waits for it.
             * @example null
             */
            failure: string | null;
        };
        /**
         * OutboxMailDetail
         * @description A mail.
         */
        OutboxMailDetail: {
            /** @example 12 */
            id: number;
            /**
             * @description The kind of mail.
             * @example password_reset
             */
            kind: string;
            /**
             * @description `dead`: it was refused for good, or could not be sent in time.
             * @example sent
             * @enum {string}
             */
            state: "pending" | "sent" | "dead";
            /**
             * @description The user that it is about; null: nobody who has an account.
             * @example 7
             */
            user_id: number | null;
            /** @example ada@example.com */
            email: string;
            /** @example en */
            locale: string;
            /**
             * @description The same at every attempt; mail servers name it in their logs.
             * @example <0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10@example.com>
             */
            message_id: string;
            /** @example 1 */
            attempts: number;
            /**
             * @description The last reply of the SMTP server, or what is wrong with it.
             * @example 250 2.0.0 Ok: queued as 4F1A
             */
            last_reply: string | null;
            /**
             * Format: date-time
             * @description When it was put into the outbox.
             * @example 2026-03-01T08:00:00.000Z
             */
            created_at: string;
            /**
             * @description When it is tried next; null if it does not wait any more.
             * @example null
             */
            due_at: string | null;
            /**
             * Format: date-time
             * @description It is not sent after that, because its contents are not valid any more.
             * @example 2026-03-01T08:00:00.000Z
             */
            expires_at: string;
            /**
             * @description When it was sent or given up.
             * @example null
             */
            finished_at: string | null;
            /**
             * @description When it came back; null: it did not, as far as anybody knows.
             * @example null
             */
            bounced_at: string | null;
            /**
             * @description Its contents, on a server that keeps mail to be read (it serves only its own machine and has no `LATCHKEY_SMTP_URL`), until they are wiped, and for administrators who may manage the user. Otherwise null.
             * @example null
             */
            content: {
                subject: string;
                text: string;
            } | null;
        };
        /**
         * OutboxMail
         * @description A mail.
         */
        OutboxMail: {
            /** @example 12 */
            id: number;
            /**
             * @description The kind of mail.
             * @example password_reset
             */
            kind: string;
            /**
             * @description `dead`: it was refused for good, or could not be sent in time.
             * @example sent
             * @enum {string}
             */
            state: "pending" | "sent" | "dead";
            /**
             * @description The user that it is about; null: nobody who has an account.
             * @example 7
             */
            user_id: number | null;
            /** @example ada@example.com */
            email: string;
            /** @example en */
            locale: string;
            /**
             * @description The same at every attempt; mail servers name it in their logs.
             * @example <0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10@example.com>
             */
            message_id: string;
            /** @example 1 */
            attempts: number;
            /**
             * @description The last reply of the SMTP server, or what is wrong with it.
             * @example 250 2.0.0 Ok: queued as 4F1A
             */
            last_reply: string | null;
            /**
             * Format: date-time
             * @description When it was put into the outbox.
             * @example 2026-03-01T08:00:00.000Z
             */
            created_at: string;
            /**
             * @description When it is tried next; null if it does not wait any more.
             * @example null
             */
            due_at: string | null;
            /**
             * Format: date-time
             * @description It is not sent after that, because its contents are not valid any more.
             * @example 2026-03-01T08:00:00.000Z
             */
            expires_at: string;
            /**
             * @description When it was sent or given up.
             * @example null
             */
            finished_at: string | null;
            /**
             * @description When it came back; null: it did not, as far as anybody knows.
             * @example null
             */
            bounced_at: string | null;
        };
        /**
         * MailTextList
         * @description The texts of a language.
         */
        MailTextList: {
            /**
             * @description Every language that mails are written in.
             * @example [
             *       "en",
             *       "de"
             *     ]
             */
            languages: string[];
            items: {
                /**
                 * MailTextName
                 * @description The name of a text.
                 * @example password_reset.subject
                 * @enum {string}
                 */
                name: "password_reset.subject" | "password_reset.heading" | "password_reset.text" | "password_reset.button" | "password_reset.warning" | "mail_sign_in.subject" | "mail_sign_in.heading" | "mail_sign_in.text" | "mail_sign_in.button" | "mail_sign_in.warning" | "email_verification.subject" | "email_verification.heading" | "email_verification.text" | "email_verification.link" | "email_verification.button" | "email_verification.warning" | "registration.subject" | "registration.heading" | "registration.text" | "registration.button" | "registration.warning" | "account_exists.subject" | "account_exists.heading" | "account_exists.text" | "account_exists.button" | "account_exists.warning" | "email_change.subject" | "email_change.heading" | "email_change.text" | "email_change.button" | "email_change.warning" | "email_changed.subject" | "email_changed.heading" | "email_changed.text" | "email_changed.undo" | "email_changed.button" | "email_changed.code" | "email_changed.warning" | "email_release.subject" | "email_release.heading" | "email_release.text" | "email_release.own" | "email_release.other" | "email_release.button" | "email_restored.subject" | "email_restored.heading" | "email_restored.text" | "email_restored.button" | "email_taken_back.subject" | "email_taken_back.heading" | "email_taken_back.text" | "email_taken_back.warning" | "invitation.subject" | "invitation.heading" | "invitation.text" | "invitation.button" | "invitation.warning" | "link" | "password_changed.subject" | "password_changed.heading" | "password_changed.text" | "password_was_reset.subject" | "password_was_reset.heading" | "password_was_reset.text" | "mail_sign_in_used.subject" | "mail_sign_in_used.heading" | "mail_sign_in_used.text" | "new_device.subject" | "new_device.heading" | "new_device.text" | "factor_added.subject" | "factor_added.heading" | "factor_added.text" | "factor_removed.subject" | "factor_removed.heading" | "factor_removed.text" | "recovery_code_used.subject" | "recovery_code_used.heading" | "recovery_code_used.text" | "recovery_code_used.few" | "recovery_codes_replaced.subject" | "recovery_codes_replaced.heading" | "recovery_codes_replaced.text" | "password_set.subject" | "password_set.heading" | "password_set.text" | "factors_reset_requested.subject" | "factors_reset_requested.heading" | "factors_reset_requested.text" | "factors_reset.subject" | "factors_reset.heading" | "factors_reset.text" | "factors_reset_cancelled.subject" | "factors_reset_cancelled.heading" | "factors_reset_cancelled.text" | "factors_dropped.subject" | "factors_dropped.heading" | "factors_dropped.text" | "impersonation_started.subject" | "impersonation_started.heading" | "impersonation_started.text" | "email_set.subject" | "email_set.heading" | "email_set.text" | "account_deactivated.subject" | "account_deactivated.heading" | "account_deactivated.text" | "account_deleted.subject" | "account_deleted.heading" | "account_deleted.text" | "notice.if_you" | "notice.not_me" | "notice.not_me_factor" | "notice.not_me_reset" | "notice.if_asked" | "notice.end_it" | "notice.end_button" | "notice.cancel_reset" | "notice.button" | "notice.ask" | "lifetime" | "fact.time" | "fact.due" | "fact.device" | "fact.ip" | "fact.factor" | "fact.codes_left" | "fact.cancelled_by" | "cancelled_by.factor_used" | "cancelled_by.factor_added" | "cancelled_by.session" | "cancelled_by.administrator" | "factor.totp" | "factor.passkey";
                /**
                 * @description A language that mails are written in: en, de, or one of `LATCHKEY_MAIL_TEXTS`.
                 * @example en
                 */
                locale: string;
                /**
                 * @description What mails say, as an ICU message.
                 * @example Reset your password at {site}
                 */
                text: string;
                /**
                 * @description Where the text comes from: a change of it, `LATCHKEY_MAIL_TEXTS`, or Latchkey.
                 * @example built-in
                 * @enum {string}
                 */
                source: "setting" | "file" | "built-in";
                /**
                 * @description The language that the text is in: another one where this one has none.
                 * @example en
                 */
                text_locale: string;
                /**
                 * @description What mails say without a change.
                 * @example Reset your password at {site}
                 */
                default_text: string;
                /** @description The mails that it stands in. */
                kinds: ("password_reset" | "mail_sign_in" | "email_verification" | "registration" | "account_exists" | "email_change" | "email_changed" | "email_release" | "email_restored" | "email_taken_back" | "invitation" | "password_changed" | "password_was_reset" | "mail_sign_in_used" | "new_device" | "factor_added" | "factor_removed" | "recovery_code_used" | "recovery_codes_replaced" | "password_set" | "factors_reset_requested" | "factors_reset" | "factors_reset_cancelled" | "factors_dropped" | "impersonation_started" | "email_set" | "account_deactivated" | "account_deleted")[];
                /**
                 * @description Those that it may have.
                 * @example [
                 *       "site"
                 *     ]
                 */
                placeholders: string[];
                /**
                 * @description Those that it has to have.
                 * @example []
                 */
                required_placeholders: string[];
                /**
                 * @description What is wrong with the text, since a newer release asks for more; null: nothing.
                 * @example null
                 */
                problem: string | null;
                /**
                 * @description The id of its last change, to be sent as `expected_version`; 0: none.
                 * @example 3
                 */
                version: number;
            }[];
        };
        /**
         * MailTextName
         * @enum {string}
         */
        MailTextName: "password_reset.subject" | "password_reset.heading" | "password_reset.text" | "password_reset.button" | "password_reset.warning" | "mail_sign_in.subject" | "mail_sign_in.heading" | "mail_sign_in.text" | "mail_sign_in.button" | "mail_sign_in.warning" | "email_verification.subject" | "email_verification.heading" | "email_verification.text" | "email_verification.link" | "email_verification.button" | "email_verification.warning" | "registration.subject" | "registration.heading" | "registration.text" | "registration.button" | "registration.warning" | "account_exists.subject" | "account_exists.heading" | "account_exists.text" | "account_exists.button" | "account_exists.warning" | "email_change.subject" | "email_change.heading" | "email_change.text" | "email_change.button" | "email_change.warning" | "email_changed.subject" | "email_changed.heading" | "email_changed.text" | "email_changed.undo" | "email_changed.button" | "email_changed.code" | "email_changed.warning" | "email_release.subject" | "email_release.heading" | "email_release.text" | "email_release.own" | "email_release.other" | "email_release.button" | "email_restored.subject" | "email_restored.heading" | "email_restored.text" | "email_restored.button" | "email_taken_back.subject" | "email_taken_back.heading" | "email_taken_back.text" | "email_taken_back.warning" | "invitation.subject" | "invitation.heading" | "invitation.text" | "invitation.button" | "invitation.warning" | "link" | "password_changed.subject" | "password_changed.heading" | "password_changed.text" | "password_was_reset.subject" | "password_was_reset.heading" | "password_was_reset.text" | "mail_sign_in_used.subject" | "mail_sign_in_used.heading" | "mail_sign_in_used.text" | "new_device.subject" | "new_device.heading" | "new_device.text" | "factor_added.subject" | "factor_added.heading" | "factor_added.text" | "factor_removed.subject" | "factor_removed.heading" | "factor_removed.text" | "recovery_code_used.subject" | "recovery_code_used.heading" | "recovery_code_used.text" | "recovery_code_used.few" | "recovery_codes_replaced.subject" | "recovery_codes_replaced.heading" | "recovery_codes_replaced.text" | "password_set.subject" | "password_set.heading" | "password_set.text" | "factors_reset_requested.subject" | "factors_reset_requested.heading" | "factors_reset_requested.text" | "factors_reset.subject" | "factors_reset.heading" | "factors_reset.text" | "factors_reset_cancelled.subject" | "factors_reset_cancelled.heading" | "factors_reset_cancelled.text" | "factors_dropped.subject" | "factors_dropped.heading" | "factors_dropped.text" | "impersonation_started.subject" | "impersonation_started.heading" | "impersonation_started.text" | "email_set.subject" | "email_set.heading" | "email_set.text" | "account_deactivated.subject" | "account_deactivated.heading" | "account_deactivated.text" | "account_deleted.subject" | "account_deleted.heading" | "account_deleted.text" | "notice.if_you" | "notice.not_me" | "notice.not_me_factor" | "notice.not_me_reset" | "notice.if_asked" | "notice.end_it" | "notice.end_button" | "notice.cancel_reset" | "notice.button" | "notice.ask" | "lifetime" | "fact.time" | "fact.due" | "fact.device" | "fact.ip" | "fact.factor" | "fact.codes_left" | "fact.cancelled_by" | "cancelled_by.factor_used" | "cancelled_by.factor_added" | "cancelled_by.session" | "cancelled_by.administrator" | "factor.totp" | "factor.passkey";
        /**
         * MailText
         * @description The text.
         */
        MailText: {
            /**
             * MailTextName
             * @description The name of a text.
             * @example password_reset.subject
             * @enum {string}
             */
            name: "password_reset.subject" | "password_reset.heading" | "password_reset.text" | "password_reset.button" | "password_reset.warning" | "mail_sign_in.subject" | "mail_sign_in.heading" | "mail_sign_in.text" | "mail_sign_in.button" | "mail_sign_in.warning" | "email_verification.subject" | "email_verification.heading" | "email_verification.text" | "email_verification.link" | "email_verification.button" | "email_verification.warning" | "registration.subject" | "registration.heading" | "registration.text" | "registration.button" | "registration.warning" | "account_exists.subject" | "account_exists.heading" | "account_exists.text" | "account_exists.button" | "account_exists.warning" | "email_change.subject" | "email_change.heading" | "email_change.text" | "email_change.button" | "email_change.warning" | "email_changed.subject" | "email_changed.heading" | "email_changed.text" | "email_changed.undo" | "email_changed.button" | "email_changed.code" | "email_changed.warning" | "email_release.subject" | "email_release.heading" | "email_release.text" | "email_release.own" | "email_release.other" | "email_release.button" | "email_restored.subject" | "email_restored.heading" | "email_restored.text" | "email_restored.button" | "email_taken_back.subject" | "email_taken_back.heading" | "email_taken_back.text" | "email_taken_back.warning" | "invitation.subject" | "invitation.heading" | "invitation.text" | "invitation.button" | "invitation.warning" | "link" | "password_changed.subject" | "password_changed.heading" | "password_changed.text" | "password_was_reset.subject" | "password_was_reset.heading" | "password_was_reset.text" | "mail_sign_in_used.subject" | "mail_sign_in_used.heading" | "mail_sign_in_used.text" | "new_device.subject" | "new_device.heading" | "new_device.text" | "factor_added.subject" | "factor_added.heading" | "factor_added.text" | "factor_removed.subject" | "factor_removed.heading" | "factor_removed.text" | "recovery_code_used.subject" | "recovery_code_used.heading" | "recovery_code_used.text" | "recovery_code_used.few" | "recovery_codes_replaced.subject" | "recovery_codes_replaced.heading" | "recovery_codes_replaced.text" | "password_set.subject" | "password_set.heading" | "password_set.text" | "factors_reset_requested.subject" | "factors_reset_requested.heading" | "factors_reset_requested.text" | "factors_reset.subject" | "factors_reset.heading" | "factors_reset.text" | "factors_reset_cancelled.subject" | "factors_reset_cancelled.heading" | "factors_reset_cancelled.text" | "factors_dropped.subject" | "factors_dropped.heading" | "factors_dropped.text" | "impersonation_started.subject" | "impersonation_started.heading" | "impersonation_started.text" | "email_set.subject" | "email_set.heading" | "email_set.text" | "account_deactivated.subject" | "account_deactivated.heading" | "account_deactivated.text" | "account_deleted.subject" | "account_deleted.heading" | "account_deleted.text" | "notice.if_you" | "notice.not_me" | "notice.not_me_factor" | "notice.not_me_reset" | "notice.if_asked" | "notice.end_it" | "notice.end_button" | "notice.cancel_reset" | "notice.button" | "notice.ask" | "lifetime" | "fact.time" | "fact.due" | "fact.device" | "fact.ip" | "fact.factor" | "fact.codes_left" | "fact.cancelled_by" | "cancelled_by.factor_used" | "cancelled_by.factor_added" | "cancelled_by.session" | "cancelled_by.administrator" | "factor.totp" | "factor.passkey";
            /**
             * @description A language that mails are written in: en, de, or one of `LATCHKEY_MAIL_TEXTS`.
             * @example en
             */
            locale: string;
            /**
             * @description What mails say, as an ICU message.
             * @example Reset your password at {site}
             */
            text: string;
            /**
             * @description Where the text comes from: a change of it, `LATCHKEY_MAIL_TEXTS`, or Latchkey.
             * @example built-in
             * @enum {string}
             */
            source: "setting" | "file" | "built-in";
            /**
             * @description The language that the text is in: another one where this one has none.
             * @example en
             */
            text_locale: string;
            /**
             * @description What mails say without a change.
             * @example Reset your password at {site}
             */
            default_text: string;
            /** @description The mails that it stands in. */
            kinds: ("password_reset" | "mail_sign_in" | "email_verification" | "registration" | "account_exists" | "email_change" | "email_changed" | "email_release" | "email_restored" | "email_taken_back" | "invitation" | "password_changed" | "password_was_reset" | "mail_sign_in_used" | "new_device" | "factor_added" | "factor_removed" | "recovery_code_used" | "recovery_codes_replaced" | "password_set" | "factors_reset_requested" | "factors_reset" | "factors_reset_cancelled" | "factors_dropped" | "impersonation_started" | "email_set" | "account_deactivated" | "account_deleted")[];
            /**
             * @description Those that it may have.
             * @example [
             *       "site"
             *     ]
             */
            placeholders: string[];
            /**
             * @description Those that it has to have.
             * @example []
             */
            required_placeholders: string[];
            /**
             * @description What is wrong with the text, since a newer release asks for more; null: nothing.
             * @example null
             */
            problem: string | null;
            /**
             * @description The id of its last change, to be sent as `expected_version`; 0: none.
             * @example 3
             */
            version: number;
        };
        /** MailTextChange */
        MailTextChange: {
            /** @example Your new password for {site} */
            value: string;
            /**
             * @description Why; kept in the history.
             * @example fewer refreshes
             */
            reason?: string;
            /**
             * @description The `version` that you know. If the version is another one by now, nothing is changed, and the answer is 409 with the current value. Absent: any version.
             * @example 3
             */
            expected_version?: number;
        };
        /** MailTextReset */
        MailTextReset: {
            /**
             * @description Why; kept in the history.
             * @example fewer refreshes
             */
            reason?: string;
            /**
             * @description The `version` that you know. If the version is another one by now, nothing is changed, and the answer is 409 with the current value. Absent: any version.
             * @example 3
             */
            expected_version?: number;
        };
        /** MailPreviewRequest */
        MailPreviewRequest: {
            /**
             * MailKind
             * @description What a mail is about.
             * @example password_reset
             * @enum {string}
             */
            kind: "password_reset" | "mail_sign_in" | "email_verification" | "registration" | "account_exists" | "email_change" | "email_changed" | "email_release" | "email_restored" | "email_taken_back" | "invitation" | "password_changed" | "password_was_reset" | "mail_sign_in_used" | "new_device" | "factor_added" | "factor_removed" | "recovery_code_used" | "recovery_codes_replaced" | "password_set" | "factors_reset_requested" | "factors_reset" | "factors_reset_cancelled" | "factors_dropped" | "impersonation_started" | "email_set" | "account_deactivated" | "account_deleted";
            /**
             * @description A language that mails are written in: en, de, or one of `LATCHKEY_MAIL_TEXTS`.
             * @example en
             */
            locale: string;
            /**
             * @description Texts that are not stored yet, by name.
             * @example {
             *       "password_reset.heading": "Choose a new password"
             *     }
             */
            texts?: {
                [key: string]: string;
            };
        };
        /**
         * MailPreview
         * @description The mail.
         */
        MailPreview: {
            /** @example Reset your password at auth.example.com */
            subject: string;
            /** @example RESET YOUR PASSWORD */
            text: string;
            /** @example <!doctype html> */
            html: string;
        };
        /** TestMailRequest */
        TestMailRequest: {
            /**
             * MailKind
             * @description What a mail is about.
             * @example password_reset
             * @enum {string}
             */
            kind: "password_reset" | "mail_sign_in" | "email_verification" | "registration" | "account_exists" | "email_change" | "email_changed" | "email_release" | "email_restored" | "email_taken_back" | "invitation" | "password_changed" | "password_was_reset" | "mail_sign_in_used" | "new_device" | "factor_added" | "factor_removed" | "recovery_code_used" | "recovery_codes_replaced" | "password_set" | "factors_reset_requested" | "factors_reset" | "factors_reset_cancelled" | "factors_dropped" | "impersonation_started" | "email_set" | "account_deactivated" | "account_deleted";
            /**
             * @description A language that mails are written in: en, de, or one of `LATCHKEY_MAIL_TEXTS`.
             * @example en
             */
            locale: string;
        };
        /**
         * TestMail
         * @description It is on its way.
         */
        TestMail: {
            /**
             * @description Whom it is sent to.
             * @example ada@example.com
             */
            email: string;
        };
        /**
         * NodeList
         * @description The running nodes, the oldest first, and those that died within the last hour.
         */
        NodeList: {
            items: {
                /** @example 0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10 */
                id: string;
                /**
                 * @description The version of Latchkey.
                 * @example 0.1.0
                 */
                version: string;
                /** @example auth-1 */
                host: string;
                /** @example 4711 */
                pid: number;
                /**
                 * @description Its number among the processes behind one port; null: there is only one.
                 * @example 1
                 */
                worker: number | null;
                /**
                 * Format: date-time
                 * @description When it started.
                 * @example 2026-03-01T08:00:00.000Z
                 */
                started_at: string;
                /**
                 * Format: date-time
                 * @description When it last reported that it runs.
                 * @example 2026-03-01T08:00:00.000Z
                 */
                seen_at: string;
                /**
                 * @description Whether it reported recently enough to count as running.
                 * @example true
                 */
                is_alive: boolean;
                /**
                 * @description How many seconds a change of the settings has not been applied on it. 0: all are applied.
                 * @example 0
                 */
                settings_lag_ms: number;
                /**
                 * @description The background work that it does for all nodes.
                 * @example [
                 *       "keys",
                 *       "sweep"
                 *     ]
                 */
                leads: string[];
            }[];
        };
        /**
         * UserPage
         * @description A page of users.
         */
        UserPage: {
            items: {
                /** @example 7 */
                id: number;
                /** @example ada@example.com */
                email: string;
                /**
                 * @description Whether the user has proven that the email is theirs.
                 * @example true
                 */
                email_verified: boolean;
                /**
                 * @description `""` until it is set.
                 * @example ada
                 */
                username: string;
                /**
                 * @description The language that the user reads (BCP 47), for mail: what they asked for first, or have chosen. Null: nothing is known.
                 * @example de-AT
                 */
                locale: string | null;
                /** @example true */
                is_active: boolean;
                /** @example false */
                is_superuser: boolean;
                /**
                 * @description Nobody can sign in without one.
                 * @example true
                 */
                has_password: boolean;
                /**
                 * @description How strongly the user can sign in: `aal1` without a factor, `aal2` with one, `phr` with a passkey that verifies them.
                 * @example aal1
                 * @enum {string}
                 */
                acr: "aal1" | "aal2" | "phr";
                roles: {
                    /** @example 1 */
                    id: number;
                    /** @example support */
                    name: string;
                }[];
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                updated_at: string;
                /** @example 2026-03-02T09:30:00.000Z */
                last_sign_in_at: string | null;
                /**
                 * @description When mail to the user came back; null: it does not, as far as anybody knows.
                 * @example null
                 */
                email_bounced_at: string | null;
                /**
                 * @description It grows by one with each change. Send it back as `expected_version`.
                 * @example 3
                 */
                version: number;
            }[];
            /**
             * @description The `cursor` of the next page; null on the last page.
             * @example null
             */
            next_cursor: string | null;
        };
        /** NewUser */
        NewUser: {
            /**
             * Format: email
             * @example ada@example.com
             */
            email: string;
            /** @example ada */
            username?: string;
            /**
             * @description The language for mail (BCP 47), where a request does not ask for one. Null: none.
             * @example de-AT
             */
            locale?: string | null;
            /**
             * @description Absent: none. Nobody can sign in until one is set.
             * @example correct horse battery
             */
            password?: string;
            /**
             * @description Only superusers may send this.
             * @example false
             */
            is_superuser?: boolean;
            /**
             * @example [
             *       1
             *     ]
             */
            roles?: number[];
            /**
             * @example [
             *       "users.view"
             *     ]
             */
            permissions?: string[];
        };
        /**
         * User
         * @description A user, as administrators see them.
         */
        User: {
            /** @example 7 */
            id: number;
            /** @example ada@example.com */
            email: string;
            /**
             * @description Whether the user has proven that the email is theirs.
             * @example true
             */
            email_verified: boolean;
            /**
             * @description `""` until it is set.
             * @example ada
             */
            username: string;
            /**
             * @description The language that the user reads (BCP 47), for mail: what they asked for first, or have chosen. Null: nothing is known.
             * @example de-AT
             */
            locale: string | null;
            /** @example true */
            is_active: boolean;
            /** @example false */
            is_superuser: boolean;
            /**
             * @description Nobody can sign in without one.
             * @example true
             */
            has_password: boolean;
            /**
             * @description How strongly the user can sign in: `aal1` without a factor, `aal2` with one, `phr` with a passkey that verifies them.
             * @example aal1
             * @enum {string}
             */
            acr: "aal1" | "aal2" | "phr";
            roles: {
                /** @example 1 */
                id: number;
                /** @example support */
                name: string;
            }[];
            /**
             * Format: date-time
             * @example 2026-03-01T08:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-03-01T08:00:00.000Z
             */
            updated_at: string;
            /** @example 2026-03-02T09:30:00.000Z */
            last_sign_in_at: string | null;
            /**
             * @description When mail to the user came back; null: it does not, as far as anybody knows.
             * @example null
             */
            email_bounced_at: string | null;
            /**
             * @description It grows by one with each change. Send it back as `expected_version`.
             * @example 3
             */
            version: number;
        };
        /** UserChange */
        UserChange: {
            /**
             * Format: email
             * @example ada@example.com
             */
            email?: string;
            /** @example ada */
            username?: string;
            /**
             * @description The language for mail (BCP 47), where a request does not ask for one. Null: none.
             * @example de-AT
             */
            locale?: string | null;
            /**
             * @description Only superusers may send this.
             * @example false
             */
            is_superuser?: boolean;
            /**
             * @description The `version` that you know. If the version is another one by now, nothing is changed, and the answer is 409 with the current value. Absent: any version.
             * @example 3
             */
            expected_version?: number;
        };
        /** NewPassword */
        NewPassword: {
            /** @example correct horse battery */
            password: string;
        };
        /** Deactivation */
        Deactivation: {
            /**
             * @description Why, for the audit log.
             * @example left the company
             */
            reason?: string;
        };
        /** BulkAction */
        BulkAction: {
            /**
             * @example deactivate
             * @enum {string}
             */
            action: "activate" | "deactivate" | "delete" | "end_sessions";
            /**
             * @example [
             *       7,
             *       8
             *     ]
             */
            ids: number[];
            /**
             * @description Why, for the audit log.
             * @example left the company
             */
            reason?: string;
        };
        /**
         * BulkResults
         * @description The outcome for each user. A failure for one does not stop the others.
         */
        BulkResults: {
            /** @description In the order of the ids. */
            results: {
                /** @example 7 */
                id: number;
                /** @example false */
                ok: boolean;
                /**
                 * ErrorCode
                 * @description The kind of error.
                 * @example permission_denied
                 * @enum {string}
                 */
                code?: "invalid_fields" | "invalid_body" | "malformed_body" | "malformed_request" | "not_found" | "method_not_allowed" | "request_timeout" | "body_too_large" | "unsupported_media_type" | "headers_too_large" | "invalid_refresh_token" | "invalid_link_token" | "invalid_code" | "invalid_passkey" | "flow_expired" | "invalid_credentials" | "second_factor_required" | "second_factor_enrolment_required" | "not_authenticated" | "invalid_token_header" | "invalid_token" | "user_inactive" | "insufficient_user_authentication" | "no_admin_permission" | "csrf_refused" | "mail_sign_in_off" | "email_not_verified" | "second_factors_off" | "registration_closed" | "already_set_up" | "email_already_verified" | "password_already_set" | "too_many_factors" | "factor_required" | "no_factor" | "passkey_upgrade_not_due" | "permission_denied" | "version_conflict" | "setting_pinned" | "cannot_rotate" | "last_superuser" | "mail_finished" | "rate_limited" | "internal_error" | "overloaded" | "mail_not_configured" | "passkeys_not_configured" | "database_unavailable" | "maintenance" | "not_ready" | "shutting_down";
                /** @example Only a superuser can make a superuser, or change one. */
                detail?: string;
            }[];
        };
        /**
         * SessionPage
         * @description A page of sessions, the newest first.
         */
        SessionPage: {
            items: {
                /** @example 7 */
                id: number;
                /** @example 1 */
                user_id: number;
                /** @example ada@example.com */
                email: string;
                /**
                 * Format: date-time
                 * @description When the user signed in.
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @description When it was last refreshed.
                 * @example 2026-03-02T09:30:00.000Z
                 */
                last_used_at: string;
                /**
                 * Format: date-time
                 * @description When it ends if it is not refreshed.
                 * @example 2026-04-01T09:30:00.000Z
                 */
                expires_at: string;
                /** @example null */
                ended_at: string | null;
                /** @example null */
                end_cause: components["schemas"]["EndCause"] | null;
                /** @example 203.0.113.7 */
                ip: string | null;
                /** @example Firefox on Linux */
                device: string | null;
                /** @example null */
                impersonator_id: number | null;
            }[];
            /**
             * @description The `cursor` of the next page; null on the last page.
             * @example null
             */
            next_cursor: string | null;
        };
        /**
         * EndedSessions
         * @description The sessions have ended; their tokens are refused from the next request on.
         */
        EndedSessions: {
            /**
             * @description How many sessions ended.
             * @example 2
             */
            ended: number;
        };
        /**
         * UserFactors
         * @description The factors of the user, without secrets.
         */
        UserFactors: {
            authenticator_apps: {
                /** @example 3 */
                id: number;
                /**
                 * @description What the user calls it.
                 * @example Phone
                 */
                name: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * @description Null: not yet.
                 * @example 2026-03-02T09:30:00.000Z
                 */
                last_used_at: string | null;
            }[];
            passkeys: {
                /** @example 3 */
                id: number;
                /**
                 * @description What the user calls it.
                 * @example Phone
                 */
                name: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * @description Null: not yet.
                 * @example 2026-03-02T09:30:00.000Z
                 */
                last_used_at: string | null;
                /**
                 * @description Whether its provider keeps a copy, for the other devices of the user.
                 * @example true
                 */
                is_backed_up: boolean;
                /**
                 * @description Whether it can be used here. False: it is for an RP ID that the server had before, so do not offer it.
                 * @example true
                 */
                is_usable: boolean;
            }[];
            /** @example 9 */
            recovery_codes_left: number;
            /**
             * @description On how many devices no second factor is asked for.
             * @example 1
             */
            remembered_devices: number;
            /**
             * @description How strongly the user can sign in: `aal1` without a factor, `aal2` with one, `phr` with a passkey that verifies them.
             * @example aal2
             * @enum {string}
             */
            acr: "aal1" | "aal2" | "phr";
            /**
             * @description How strongly they have to, by the policy and their roles.
             * @example aal2
             * @enum {string}
             */
            required_acr: "aal1" | "aal2" | "phr";
            /**
             * @description Until when they have, or had, time for it; null: they have not signed in since, or need not.
             * @example null
             */
            due_at: string | null;
            /**
             * @description A reset that waits; null: none.
             * @example null
             */
            reset: {
                /** @example lost their phone, called back */
                reason: string;
                /**
                 * @description The administrator; null: the operator.
                 * @example null
                 */
                requested_by: number | null;
                /**
                 * Format: date-time
                 * @description When it was asked for.
                 * @example 2026-03-01T08:00:00.000Z
                 */
                requested_at: string;
                /**
                 * Format: date-time
                 * @description When it is done unless it is cancelled.
                 * @example 2026-03-02T08:00:00.000Z
                 */
                due_at: string;
            } | null;
        };
        /** FactorReset */
        FactorReset: {
            /**
             * @description Why, for the audit log.
             * @example left the company
             */
            reason: string;
        };
        /** Impersonation */
        Impersonation: {
            /**
             * @description Why, for the audit log.
             * @example ticket 4711: the invoice does not load
             */
            reason: string;
        };
        /**
         * Overview
         * @description The figures of the overview.
         */
        Overview: {
            users: {
                /** @example 1204 */
                total: number;
                /** @example 1198 */
                active: number;
            };
            sessions: {
                /** @example 431 */
                live: number;
            };
            /**
             * @description How many active administrators have no second factor; 1,000 means that many or more.
             * @example 1
             */
            administrators_without_factor: number;
            /**
             * Format: date-time
             * @description When users and sessions were counted.
             * @example 2026-03-01T08:00:00.000Z
             */
            counted_at: string;
            /** @description The last 24 hours in steps of ten minutes, of all nodes together, the oldest first. */
            series: {
                /**
                 * Format: date-time
                 * @description When these ten minutes begin.
                 * @example 2026-03-01T08:00:00.000Z
                 */
                at: string;
                /** @example 12 */
                sign_ins: number;
                /**
                 * @description Refused sign-ins.
                 * @example 1
                 */
                failures: number;
                /** @example 420 */
                refreshes: number;
            }[];
            /** @description How many passwords wait to be checked on this node, and the limit. */
            hash_queue: {
                /** @example 0 */
                waiting: number;
                /** @example 256 */
                limit: number;
            };
            /**
             * @description How late the event loop of this node was, at the 99th percentile since the last request of this.
             * @example 1.2
             */
            event_loop_delay_ms: number;
        };
        /**
         * SettingList
         * @description Every setting.
         */
        SettingList: {
            items: {
                /**
                 * SettingName
                 * @description The name of a setting.
                 * @example ACCESS_TOKEN_LIFETIME
                 * @enum {string}
                 */
                name: "ACCESS_TOKEN_LIFETIME" | "ACCESS_TOKEN_ALGORITHM" | "ACCESS_TOKEN_PERMISSIONS" | "SIGNING_KEY_ROTATION" | "REFRESH_TOKEN_LIFETIME" | "REFRESH_GRACE_PERIOD" | "REFRESH_GRACE_MODE" | "SESSION_MAX_AGE" | "MAX_SESSIONS_PER_USER" | "ENDED_SESSION_RETENTION" | "REAUTHENTICATION_AGE" | "MAIL_SIGN_IN" | "SECOND_FACTOR_POLICY" | "SECOND_FACTOR_GRACE_PERIOD" | "TRUSTED_DEVICE_LIFETIME" | "REGISTRATION_MODE" | "REGISTRATION_MAIL" | "EMAIL_CHANGE_MODE" | "REQUIRE_VERIFIED_EMAIL" | "VERIFICATION_GRACE_PERIOD" | "PASSWORD_MIN_LENGTH" | "PASSWORD_BLOCKLIST_CHECK" | "PASSWORD_SIMILARITY_CHECK" | "PASSWORD_BREACH_CHECK" | "PASSWORD_HASH_MEMORY" | "PASSWORD_HASH_PASSES" | "PASSWORD_HASH_LANES" | "NOTICE_PASSWORD" | "NOTICE_RECOVERY" | "NOTICE_NEW_DEVICE" | "NOTICE_ADMINISTRATOR" | "NOTICE_FACTOR" | "NOTICE_ACCOUNT_DELETED" | "RATE_LIMITS_ENABLED" | "LOGIN_FAILURES_PER_ACCOUNT" | "LOGIN_FAILURES_PER_DEVICE" | "LOGIN_FAILURES_PER_NETWORK" | "LOGINS_PER_ACCOUNT" | "LOGINS_PER_NETWORK" | "REGISTRATIONS_PER_ACCOUNT" | "REGISTRATIONS_PER_NETWORK" | "REFRESHES_PER_SESSION" | "REFRESHES_PER_NETWORK" | "REAUTHENTICATION_FAILURES_PER_SESSION" | "REAUTHENTICATION_FAILURES_PER_NETWORK" | "LINK_TOKEN_FAILURES_PER_NETWORK" | "FACTOR_FAILURES_PER_FACTOR" | "FACTOR_FAILURES_PER_NETWORK" | "CHANGES_PER_USER" | "SECURITY_CHANGES_PER_SESSION" | "CHANGES_PER_ADMINISTRATOR" | "EXPORTS_PER_USER" | "MAILS_PER_RECIPIENT" | "MAILS_PER_RECIPIENT_A_DAY" | "NOTICES_PER_RECIPIENT" | "MAILS_PER_NETWORK" | "MAILS_PER_MINUTE" | "KNOWN_NETWORK_RETENTION" | "SITE_NAME" | "SITE_LOGO" | "SITE_COLORS_LIGHT" | "SITE_COLORS_DARK" | "RETURN_ORIGINS" | "IMPERSONATION_LIFETIME" | "FACTOR_RESET_DELAY" | "INVITATION_LIFETIME" | "MAIL_RETENTION" | "AUDIT_RETENTION" | "MAINTENANCE_MODE";
                /**
                 * @description What it is about.
                 * @example tokens
                 * @enum {string}
                 */
                group: "tokens" | "sessions" | "sign-in" | "accounts" | "passwords" | "mail" | "limits" | "account-site" | "administration" | "audit" | "server";
                /**
                 * @example integer
                 * @enum {string}
                 */
                type: "integer" | "choice" | "boolean" | "text";
                /** @example 60 */
                value: number | string | boolean;
                /**
                 * @description The value in words.
                 * @example 1 minute
                 */
                text: string;
                /** @example 30 */
                default: number | string | boolean;
                /**
                 * @description The default in words.
                 * @example 30 seconds
                 */
                default_text: string;
                /**
                 * @description For integers.
                 * @example 1
                 */
                minimum?: number;
                /**
                 * @description For integers.
                 * @example 604800
                 */
                maximum?: number;
                /**
                 * @description For integers.
                 * @example seconds
                 */
                unit?: string;
                /**
                 * @description For integers: what 0 means.
                 * @example no limit
                 */
                zero?: string;
                /**
                 * @description For choices: the possible values.
                 * @example []
                 */
                choices?: string[];
                /**
                 * @description For texts: what they contain.
                 * @example origins
                 * @enum {string}
                 */
                format?: "origins" | "line" | "image" | "light_colors" | "dark_colors";
                /**
                 * @description For texts: in characters.
                 * @example 4000
                 */
                max_length?: number;
                /**
                 * @description For texts of colours: which there are, each as it is where the text does not name it.
                 * @example {
                 *       "accent": "#3347c4",
                 *       "link": "#3043b8"
                 *     }
                 */
                colors?: {
                    [key: string]: string;
                };
                /**
                 * @description For texts: what an empty text means.
                 * @example none
                 */
                blank?: string;
                /**
                 * @description Of `SECOND_FACTOR_POLICY`: the roles that require a second factor, the first twenty. While it is `off`, that has no effect.
                 * @example [
                 *       "support"
                 *     ]
                 */
                requiring_roles?: string[];
                /** @example How long an access token is valid. A refresh returns the next one. */
                description: string;
                /**
                 * @description Where the value comes from.
                 * @example database
                 * @enum {string}
                 */
                source: "environment" | "database" | "default";
                /**
                 * @description Whether the environment sets it, so that it cannot be changed here.
                 * @example false
                 */
                is_pinned: boolean;
                /**
                 * @description The id of its last change, for `expected_version`; 0: it was never changed.
                 * @example 3
                 */
                version: number;
            }[];
        };
        /**
         * SettingName
         * @enum {string}
         */
        SettingName: "ACCESS_TOKEN_LIFETIME" | "ACCESS_TOKEN_ALGORITHM" | "ACCESS_TOKEN_PERMISSIONS" | "SIGNING_KEY_ROTATION" | "REFRESH_TOKEN_LIFETIME" | "REFRESH_GRACE_PERIOD" | "REFRESH_GRACE_MODE" | "SESSION_MAX_AGE" | "MAX_SESSIONS_PER_USER" | "ENDED_SESSION_RETENTION" | "REAUTHENTICATION_AGE" | "MAIL_SIGN_IN" | "SECOND_FACTOR_POLICY" | "SECOND_FACTOR_GRACE_PERIOD" | "TRUSTED_DEVICE_LIFETIME" | "REGISTRATION_MODE" | "REGISTRATION_MAIL" | "EMAIL_CHANGE_MODE" | "REQUIRE_VERIFIED_EMAIL" | "VERIFICATION_GRACE_PERIOD" | "PASSWORD_MIN_LENGTH" | "PASSWORD_BLOCKLIST_CHECK" | "PASSWORD_SIMILARITY_CHECK" | "PASSWORD_BREACH_CHECK" | "PASSWORD_HASH_MEMORY" | "PASSWORD_HASH_PASSES" | "PASSWORD_HASH_LANES" | "NOTICE_PASSWORD" | "NOTICE_RECOVERY" | "NOTICE_NEW_DEVICE" | "NOTICE_ADMINISTRATOR" | "NOTICE_FACTOR" | "NOTICE_ACCOUNT_DELETED" | "RATE_LIMITS_ENABLED" | "LOGIN_FAILURES_PER_ACCOUNT" | "LOGIN_FAILURES_PER_DEVICE" | "LOGIN_FAILURES_PER_NETWORK" | "LOGINS_PER_ACCOUNT" | "LOGINS_PER_NETWORK" | "REGISTRATIONS_PER_ACCOUNT" | "REGISTRATIONS_PER_NETWORK" | "REFRESHES_PER_SESSION" | "REFRESHES_PER_NETWORK" | "REAUTHENTICATION_FAILURES_PER_SESSION" | "REAUTHENTICATION_FAILURES_PER_NETWORK" | "LINK_TOKEN_FAILURES_PER_NETWORK" | "FACTOR_FAILURES_PER_FACTOR" | "FACTOR_FAILURES_PER_NETWORK" | "CHANGES_PER_USER" | "SECURITY_CHANGES_PER_SESSION" | "CHANGES_PER_ADMINISTRATOR" | "EXPORTS_PER_USER" | "MAILS_PER_RECIPIENT" | "MAILS_PER_RECIPIENT_A_DAY" | "NOTICES_PER_RECIPIENT" | "MAILS_PER_NETWORK" | "MAILS_PER_MINUTE" | "KNOWN_NETWORK_RETENTION" | "SITE_NAME" | "SITE_LOGO" | "SITE_COLORS_LIGHT" | "SITE_COLORS_DARK" | "RETURN_ORIGINS" | "IMPERSONATION_LIFETIME" | "FACTOR_RESET_DELAY" | "INVITATION_LIFETIME" | "MAIL_RETENTION" | "AUDIT_RETENTION" | "MAINTENANCE_MODE";
        /**
         * Setting
         * @description The setting.
         */
        Setting: {
            /**
             * SettingName
             * @description The name of a setting.
             * @example ACCESS_TOKEN_LIFETIME
             * @enum {string}
             */
            name: "ACCESS_TOKEN_LIFETIME" | "ACCESS_TOKEN_ALGORITHM" | "ACCESS_TOKEN_PERMISSIONS" | "SIGNING_KEY_ROTATION" | "REFRESH_TOKEN_LIFETIME" | "REFRESH_GRACE_PERIOD" | "REFRESH_GRACE_MODE" | "SESSION_MAX_AGE" | "MAX_SESSIONS_PER_USER" | "ENDED_SESSION_RETENTION" | "REAUTHENTICATION_AGE" | "MAIL_SIGN_IN" | "SECOND_FACTOR_POLICY" | "SECOND_FACTOR_GRACE_PERIOD" | "TRUSTED_DEVICE_LIFETIME" | "REGISTRATION_MODE" | "REGISTRATION_MAIL" | "EMAIL_CHANGE_MODE" | "REQUIRE_VERIFIED_EMAIL" | "VERIFICATION_GRACE_PERIOD" | "PASSWORD_MIN_LENGTH" | "PASSWORD_BLOCKLIST_CHECK" | "PASSWORD_SIMILARITY_CHECK" | "PASSWORD_BREACH_CHECK" | "PASSWORD_HASH_MEMORY" | "PASSWORD_HASH_PASSES" | "PASSWORD_HASH_LANES" | "NOTICE_PASSWORD" | "NOTICE_RECOVERY" | "NOTICE_NEW_DEVICE" | "NOTICE_ADMINISTRATOR" | "NOTICE_FACTOR" | "NOTICE_ACCOUNT_DELETED" | "RATE_LIMITS_ENABLED" | "LOGIN_FAILURES_PER_ACCOUNT" | "LOGIN_FAILURES_PER_DEVICE" | "LOGIN_FAILURES_PER_NETWORK" | "LOGINS_PER_ACCOUNT" | "LOGINS_PER_NETWORK" | "REGISTRATIONS_PER_ACCOUNT" | "REGISTRATIONS_PER_NETWORK" | "REFRESHES_PER_SESSION" | "REFRESHES_PER_NETWORK" | "REAUTHENTICATION_FAILURES_PER_SESSION" | "REAUTHENTICATION_FAILURES_PER_NETWORK" | "LINK_TOKEN_FAILURES_PER_NETWORK" | "FACTOR_FAILURES_PER_FACTOR" | "FACTOR_FAILURES_PER_NETWORK" | "CHANGES_PER_USER" | "SECURITY_CHANGES_PER_SESSION" | "CHANGES_PER_ADMINISTRATOR" | "EXPORTS_PER_USER" | "MAILS_PER_RECIPIENT" | "MAILS_PER_RECIPIENT_A_DAY" | "NOTICES_PER_RECIPIENT" | "MAILS_PER_NETWORK" | "MAILS_PER_MINUTE" | "KNOWN_NETWORK_RETENTION" | "SITE_NAME" | "SITE_LOGO" | "SITE_COLORS_LIGHT" | "SITE_COLORS_DARK" | "RETURN_ORIGINS" | "IMPERSONATION_LIFETIME" | "FACTOR_RESET_DELAY" | "INVITATION_LIFETIME" | "MAIL_RETENTION" | "AUDIT_RETENTION" | "MAINTENANCE_MODE";
            /**
             * @description What it is about.
             * @example tokens
             * @enum {string}
             */
            group: "tokens" | "sessions" | "sign-in" | "accounts" | "passwords" | "mail" | "limits" | "account-site" | "administration" | "audit" | "server";
            /**
             * @example integer
             * @enum {string}
             */
            type: "integer" | "choice" | "boolean" | "text";
            /** @example 60 */
            value: number | string | boolean;
            /**
             * @description The value in words.
             * @example 1 minute
             */
            text: string;
            /** @example 30 */
            default: number | string | boolean;
            /**
             * @description The default in words.
             * @example 30 seconds
             */
            default_text: string;
            /**
             * @description For integers.
             * @example 1
             */
            minimum?: number;
            /**
             * @description For integers.
             * @example 604800
             */
            maximum?: number;
            /**
             * @description For integers.
             * @example seconds
             */
            unit?: string;
            /**
             * @description For integers: what 0 means.
             * @example no limit
             */
            zero?: string;
            /**
             * @description For choices: the possible values.
             * @example []
             */
            choices?: string[];
            /**
             * @description For texts: what they contain.
             * @example origins
             * @enum {string}
             */
            format?: "origins" | "line" | "image" | "light_colors" | "dark_colors";
            /**
             * @description For texts: in characters.
             * @example 4000
             */
            max_length?: number;
            /**
             * @description For texts of colours: which there are, each as it is where the text does not name it.
             * @example {
             *       "accent": "#3347c4",
             *       "link": "#3043b8"
             *     }
             */
            colors?: {
                [key: string]: string;
            };
            /**
             * @description For texts: what an empty text means.
             * @example none
             */
            blank?: string;
            /**
             * @description Of `SECOND_FACTOR_POLICY`: the roles that require a second factor, the first twenty. While it is `off`, that has no effect.
             * @example [
             *       "support"
             *     ]
             */
            requiring_roles?: string[];
            /** @example How long an access token is valid. A refresh returns the next one. */
            description: string;
            /**
             * @description Where the value comes from.
             * @example database
             * @enum {string}
             */
            source: "environment" | "database" | "default";
            /**
             * @description Whether the environment sets it, so that it cannot be changed here.
             * @example false
             */
            is_pinned: boolean;
            /**
             * @description The id of its last change, for `expected_version`; 0: it was never changed.
             * @example 3
             */
            version: number;
        };
        /** SettingValue */
        SettingValue: {
            /** @example 60 */
            value: number | string | boolean;
            /**
             * @description Why; kept in the history.
             * @example fewer refreshes
             */
            reason?: string;
            /**
             * @description The `version` that you know. If the version is another one by now, nothing is changed, and the answer is 409 with the current value. Absent: any version.
             * @example 3
             */
            expected_version?: number;
        };
        /** SettingReset */
        SettingReset: {
            /**
             * @description Why; kept in the history.
             * @example fewer refreshes
             */
            reason?: string;
            /**
             * @description The `version` that you know. If the version is another one by now, nothing is changed, and the answer is 409 with the current value. Absent: any version.
             * @example 3
             */
            expected_version?: number;
        };
        /** ChangedName */
        ChangedName: string;
        /**
         * SettingChangePage
         * @description A page of changes.
         */
        SettingChangePage: {
            items: {
                /** @example 3 */
                id: number;
                /**
                 * ChangedName
                 * @description The name of a setting, or of a text: `MAIL_TEXT:`, the language, `:` and the text.
                 * @example ACCESS_TOKEN_LIFETIME
                 * @example MAIL_TEXT:de:password_reset.subject
                 */
                name: string;
                /**
                 * @description The stored value before; null: the default.
                 * @example null
                 */
                from: number | string | boolean | null;
                /**
                 * @description The stored value since; null: the default.
                 * @example 60
                 */
                to: number | string | boolean | null;
                /**
                 * @description Who: `user:` with the id, or `cli:` with the name on the server.
                 * @example user:1
                 */
                actor: string;
                /** @example fewer refreshes */
                reason: string;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                changed_at: string;
            }[];
            /**
             * @description The `cursor` of the next page; null on the last page.
             * @example null
             */
            next_cursor: string | null;
        };
        /** SettingRollback */
        SettingRollback: {
            /**
             * @description Why; kept in the history.
             * @example fewer refreshes
             */
            reason?: string;
            /**
             * @description The `version` that you know. If the version is another one by now, nothing is changed, and the answer is 409 with the current value. Absent: any version.
             * @example 3
             */
            expected_version?: number;
        };
        /**
         * SigningKeyList
         * @description The keys, the oldest of each algorithm first.
         */
        SigningKeyList: {
            items: {
                /** @example kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k */
                kid: string;
                /**
                 * @example ES256
                 * @enum {string}
                 */
                algorithm: "ES256" | "EdDSA";
                /**
                 * @description `next` is published and will sign, `active` signs, `retired` has signed and its tokens may still live, `revoked` is refused.
                 * @example next
                 * @enum {string}
                 */
                state: "next" | "active" | "retired" | "revoked";
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @description When it begins to sign.
                 * @example 2026-03-01T08:15:00.000Z
                 */
                active_at: string;
                /** @example null */
                revoked_at: string | null;
            }[];
            /**
             * @description The algorithm that signs tokens now; HS256 uses the secret and no key.
             * @example ES256
             * @enum {string}
             */
            algorithm: "HS256" | "ES256" | "EdDSA";
        };
        /**
         * SigningKey
         * @description The key.
         */
        SigningKey: {
            /** @example kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k */
            kid: string;
            /**
             * @example ES256
             * @enum {string}
             */
            algorithm: "ES256" | "EdDSA";
            /**
             * @description `next` is published and will sign, `active` signs, `retired` has signed and its tokens may still live, `revoked` is refused.
             * @example next
             * @enum {string}
             */
            state: "next" | "active" | "retired" | "revoked";
            /**
             * Format: date-time
             * @example 2026-03-01T08:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it begins to sign.
             * @example 2026-03-01T08:15:00.000Z
             */
            active_at: string;
            /** @example null */
            revoked_at: string | null;
        };
        /**
         * AuditEventPage
         * @description A page of events, the newest first.
         */
        AuditEventPage: {
            items: {
                /** @example 4711 */
                id: number;
                /**
                 * Format: date-time
                 * @example 2026-03-01T08:00:00.000Z
                 */
                at: string;
                /** @example session.started */
                kind: components["schemas"]["AuditKind"] | string;
                actor: {
                    /**
                     * @example user
                     * @enum {string}
                     */
                    kind: "user" | "cli" | "system" | "anonymous";
                    /** @example 1 */
                    id: number | null;
                    /** @example null */
                    name: string | null;
                };
                /** @example 1 */
                user_id: number | null;
                /** @example 7 */
                session_id: number | null;
                /** @example 203.0.113.7 */
                ip: string | null;
                /**
                 * @description The fields of the kind.
                 * @example {
                 *       "device": "Firefox on Linux"
                 *     }
                 */
                details: {
                    [key: string]: unknown;
                };
                /**
                 * @description The place in the chain; null until it is sealed, within about a second.
                 * @example 4711
                 */
                sequence: number | null;
            }[];
            /**
             * @description The `cursor` of the next page; null on the last page.
             * @example null
             */
            next_cursor: string | null;
        };
        /**
         * AuditKindList
         * @description Every kind of event.
         */
        AuditKindList: {
            items: {
                /**
                 * AuditKind
                 * @description The kind of an event.
                 * @example session.started
                 * @enum {string}
                 */
                kind: "session.started" | "session.ended" | "token.reused" | "login.failed" | "user.reauthentication_failed" | "failures.omitted" | "factor.failed" | "password.changed" | "password.reset" | "email.verified" | "password.dropped" | "email.restored" | "user.reauthenticated" | "factor.added" | "factor.removed" | "factor.renamed" | "factors.dropped" | "recovery_codes.created" | "recovery_code.used" | "passkey.counter_regressed" | "device.remembered" | "device.forgotten" | "factors.reset" | "factors.reset_requested" | "factors.reset_cancelled" | "user.registered" | "user.created" | "user.changed" | "user.deactivated" | "user.activated" | "user.deleted" | "users.imported" | "users.reset_by_import" | "sessions.imported" | "impersonation.started" | "users.exported" | "user.exported" | "role.created" | "role.changed" | "role.deleted" | "user.permissions_changed" | "user.superuser_changed" | "invitation.created" | "invitation.accepted" | "notice.reported" | "mail.bounced" | "mail.resent" | "mail.tested" | "setting.changed" | "key.rotated" | "key.revoked" | "secret.rotated" | "secret.retired" | "secret.adopted" | "audit.started" | "audit.chain_broken" | "audit.exported" | "backup.made" | "backup.restored";
                /** @example A user signed in. */
                description: string;
                details: {
                    /** @example device */
                    name: string;
                    /**
                     * @example text
                     * @enum {string}
                     */
                    type: "text" | "integer" | "boolean" | "texts" | "integers" | "value";
                    /** @example true */
                    is_nullable: boolean;
                    /** @example the device in plain words */
                    description: string;
                }[];
            }[];
        };
        /**
         * ProblemKind
         * @description What an error code means.
         */
        ProblemKind: {
            /**
             * @example invalid_credentials
             * @enum {string}
             */
            code: "invalid_fields" | "invalid_body" | "malformed_body" | "malformed_request" | "not_found" | "method_not_allowed" | "request_timeout" | "body_too_large" | "unsupported_media_type" | "headers_too_large" | "invalid_refresh_token" | "invalid_link_token" | "invalid_code" | "invalid_passkey" | "flow_expired" | "invalid_credentials" | "second_factor_required" | "second_factor_enrolment_required" | "not_authenticated" | "invalid_token_header" | "invalid_token" | "user_inactive" | "insufficient_user_authentication" | "no_admin_permission" | "csrf_refused" | "mail_sign_in_off" | "email_not_verified" | "second_factors_off" | "registration_closed" | "already_set_up" | "email_already_verified" | "password_already_set" | "too_many_factors" | "factor_required" | "no_factor" | "passkey_upgrade_not_due" | "permission_denied" | "version_conflict" | "setting_pinned" | "cannot_rotate" | "last_superuser" | "mail_finished" | "rate_limited" | "internal_error" | "overloaded" | "mail_not_configured" | "passkeys_not_configured" | "database_unavailable" | "maintenance" | "not_ready" | "shutting_down" | "logged_out" | "session_expired" | "refresh_token_reused" | "session_revoked" | "session_revoked_by_admin" | "impersonation_ended" | "session_limit_reached" | "password_changed" | "password_reset" | "email_proven" | "email_restored" | "reported_by_user" | "factors_reset" | "second_factor_due" | "user_deactivated" | "database_restored";
            /**
             * @example [
             *       401
             *     ]
             */
            statuses: number[];
            /**
             * @description One sentence, always the same for a code.
             * @example The credentials are not valid.
             */
            title: string;
            /**
             * @description What it means, and what to do.
             * @example No active account has this email and password.
             */
            meaning: string;
        };
    };
    responses: {
        /** @description `malformed_request`: The request is not valid HTTP. */
        MalformedRequest: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed: {
            headers: {
                Allow: components["headers"]["Allow"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `request_timeout`: The request took too long to arrive. */
        RequestTimeout: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `headers_too_large`: The request headers are too large. */
        HeadersTooLarge: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `internal_error`: Something went wrong on the server. */
        InternalError: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `database_unavailable`: The database is not available now.
         *
         *     `shutting_down`: The server is stopping.
         */
        ServiceUnavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `invalid_fields`: Some fields are not valid.
         *
         *     `invalid_body`: The body as a whole is not valid.
         *
         *     `malformed_body`: The body could not be parsed.
         *
         *     `malformed_request`: The request is not valid HTTP.
         */
        BadRequest: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `registration_closed`: Nobody can register this way. */
        RegistrationClosed: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed2: {
            headers: {
                Allow: components["headers"]["Allow2"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `body_too_large`: The body is too large. */
        BodyTooLarge: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unsupported_media_type`: The media type of the body is not supported. */
        UnsupportedMediaType: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `rate_limited`: Too many requests. */
        RateLimited: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter2"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `maintenance`: The server is in maintenance and does not change data now.
         *
         *     `overloaded`: The server is busy.
         *
         *     `database_unavailable`: The database is not available now.
         *
         *     `shutting_down`: The server is stopping.
         */
        ServiceUnavailable2: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `maintenance`: The server is in maintenance and does not change data now.
         *
         *     `mail_not_configured`: This server sends no mail.
         *
         *     `overloaded`: The server is busy.
         *
         *     `database_unavailable`: The database is not available now.
         *
         *     `shutting_down`: The server is stopping.
         */
        ServiceUnavailable3: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `invalid_code`: The code is not right.
         *
         *     `flow_expired`: The code or link is not valid any more.
         *
         *     `invalid_fields`: Some fields are not valid.
         *
         *     `invalid_body`: The body as a whole is not valid.
         *
         *     `malformed_body`: The body could not be parsed.
         *
         *     `malformed_request`: The request is not valid HTTP.
         */
        BadRequest2: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `malformed_body`: The body could not be parsed.
         *
         *     `malformed_request`: The request is not valid HTTP.
         */
        BadRequest3: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `email_not_verified`: The email has to be proven first. */
        EmailNotVerified: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `invalid_code`: The code is not right.
         *
         *     `invalid_passkey`: The passkey is not accepted.
         *
         *     `flow_expired`: The code or link is not valid any more.
         *
         *     `invalid_fields`: Some fields are not valid.
         *
         *     `invalid_body`: The body as a whole is not valid.
         *
         *     `malformed_body`: The body could not be parsed.
         *
         *     `malformed_request`: The request is not valid HTTP.
         */
        BadRequest4: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `maintenance`: The server is in maintenance and does not change data now.
         *
         *     `passkeys_not_configured`: This server has no passkeys.
         *
         *     `overloaded`: The server is busy.
         *
         *     `database_unavailable`: The database is not available now.
         *
         *     `shutting_down`: The server is stopping.
         */
        ServiceUnavailable4: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `flow_expired`: The code or link is not valid any more.
         *
         *     `invalid_fields`: Some fields are not valid.
         *
         *     `invalid_body`: The body as a whole is not valid.
         *
         *     `malformed_body`: The body could not be parsed.
         *
         *     `malformed_request`: The request is not valid HTTP.
         */
        BadRequest5: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `passkeys_not_configured`: This server has no passkeys.
         *
         *     `overloaded`: The server is busy.
         *
         *     `database_unavailable`: The database is not available now.
         *
         *     `shutting_down`: The server is stopping.
         */
        ServiceUnavailable5: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `second_factors_off`: Second factors are switched off. */
        SecondFactorsOff: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too_many_factors`: The account has as many factors as it can have. */
        TooManyFactors: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not_found`: There is nothing at this path. */
        NotFound: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `mail_sign_in_off`: Nobody can sign in by mail here. */
        MailSignInOff: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `invalid_passkey`: The passkey is not accepted.
         *
         *     `invalid_fields`: Some fields are not valid.
         *
         *     `invalid_body`: The body as a whole is not valid.
         *
         *     `malformed_body`: The body could not be parsed.
         *
         *     `malformed_request`: The request is not valid HTTP.
         */
        BadRequest6: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_credentials`: The credentials are not valid. */
        InvalidCredentials: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `maintenance`: The server is in maintenance and does not change data now.
         *
         *     `overloaded`: The server is busy.
         *
         *     `passkeys_not_configured`: This server has no passkeys.
         *
         *     `database_unavailable`: The database is not available now.
         *
         *     `shutting_down`: The server is stopping.
         */
        ServiceUnavailable6: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `invalid_refresh_token`: The refresh token is not valid.
         *
         *     `logged_out`: The session was logged out.
         *
         *     `session_expired`: The session has expired.
         *
         *     `refresh_token_reused`: A used refresh token was sent again; the session has ended.
         *
         *     `session_revoked`: The session was ended by its user.
         *
         *     `session_revoked_by_admin`: The session was ended by an administrator.
         *
         *     `impersonation_ended`: The impersonation has ended.
         *
         *     `session_limit_reached`: The session was replaced by a newer one.
         *
         *     `password_changed`: The password was changed; the session has ended.
         *
         *     `password_reset`: The password was reset; the session has ended.
         *
         *     `email_proven`: The owner of the email proved it; the session has ended.
         *
         *     `email_restored`: A change of the email was undone; the session has ended.
         *
         *     `reported_by_user`: The user reported that this was not them; the session has ended.
         *
         *     `factors_reset`: The factors of the user were reset; the session has ended.
         *
         *     `second_factor_due`: A second factor is required now; the session has ended.
         *
         *     `user_deactivated`: The user was deactivated; the session has ended.
         *
         *     `database_restored`: The database was restored from a backup; the session has ended.
         *
         *     `malformed_body`: The body could not be parsed.
         *
         *     `malformed_request`: The request is not valid HTTP.
         */
        BadRequest7: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter3"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `not_authenticated`: An access token is needed.
         *
         *     `invalid_token_header`: The Authorization header is malformed.
         *
         *     `invalid_token`: The access token is not valid.
         *
         *     `logged_out`: The session was logged out.
         *
         *     `session_expired`: The session has expired.
         *
         *     `refresh_token_reused`: A used refresh token was sent again; the session has ended.
         *
         *     `session_revoked`: The session was ended by its user.
         *
         *     `session_revoked_by_admin`: The session was ended by an administrator.
         *
         *     `impersonation_ended`: The impersonation has ended.
         *
         *     `session_limit_reached`: The session was replaced by a newer one.
         *
         *     `password_changed`: The password was changed; the session has ended.
         *
         *     `password_reset`: The password was reset; the session has ended.
         *
         *     `email_proven`: The owner of the email proved it; the session has ended.
         *
         *     `email_restored`: A change of the email was undone; the session has ended.
         *
         *     `reported_by_user`: The user reported that this was not them; the session has ended.
         *
         *     `factors_reset`: The factors of the user were reset; the session has ended.
         *
         *     `second_factor_due`: A second factor is required now; the session has ended.
         *
         *     `user_deactivated`: The user was deactivated; the session has ended.
         *
         *     `database_restored`: The database was restored from a backup; the session has ended.
         *
         *     `user_inactive`: The user is deactivated or deleted.
         */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWWAuthenticate2"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed3: {
            headers: {
                Allow: components["headers"]["Allow3"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `invalid_fields`: Some fields are not valid.
         *
         *     `malformed_request`: The request is not valid HTTP.
         */
        BadRequest8: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `permission_denied`: A permission is missing. */
        PermissionDenied: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `maintenance`: The server is in maintenance and does not change data now.
         *
         *     `database_unavailable`: The database is not available now.
         *
         *     `shutting_down`: The server is stopping.
         */
        ServiceUnavailable7: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed4: {
            headers: {
                Allow: components["headers"]["Allow4"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed5: {
            headers: {
                Allow: components["headers"]["Allow5"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `insufficient_user_authentication`: A more recent or stronger authentication is required.
         *
         *     `not_authenticated`: An access token is needed.
         *
         *     `invalid_token_header`: The Authorization header is malformed.
         *
         *     `invalid_token`: The access token is not valid.
         *
         *     `logged_out`: The session was logged out.
         *
         *     `session_expired`: The session has expired.
         *
         *     `refresh_token_reused`: A used refresh token was sent again; the session has ended.
         *
         *     `session_revoked`: The session was ended by its user.
         *
         *     `session_revoked_by_admin`: The session was ended by an administrator.
         *
         *     `impersonation_ended`: The impersonation has ended.
         *
         *     `session_limit_reached`: The session was replaced by a newer one.
         *
         *     `password_changed`: The password was changed; the session has ended.
         *
         *     `password_reset`: The password was reset; the session has ended.
         *
         *     `email_proven`: The owner of the email proved it; the session has ended.
         *
         *     `email_restored`: A change of the email was undone; the session has ended.
         *
         *     `reported_by_user`: The user reported that this was not them; the session has ended.
         *
         *     `factors_reset`: The factors of the user were reset; the session has ended.
         *
         *     `second_factor_due`: A second factor is required now; the session has ended.
         *
         *     `user_deactivated`: The user was deactivated; the session has ended.
         *
         *     `database_restored`: The database was restored from a backup; the session has ended.
         *
         *     `user_inactive`: The user is deactivated or deleted.
         */
        Unauthorized2: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWWAuthenticate3"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `second_factors_off`: Second factors are switched off.
         *
         *     `permission_denied`: A permission is missing.
         */
        Forbidden: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed6: {
            headers: {
                Allow: components["headers"]["Allow6"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `factor_required`: The account needs this factor. */
        FactorRequired: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `no_factor`: The account has no factor. */
        NoFactor: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed7: {
            headers: {
                Allow: components["headers"]["Allow7"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `last_superuser`: The last active superuser cannot be removed. */
        LastSuperuser: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `invalid_link_token`: The link is not valid.
         *
         *     `invalid_fields`: Some fields are not valid.
         *
         *     `invalid_body`: The body as a whole is not valid.
         *
         *     `malformed_body`: The body could not be parsed.
         *
         *     `malformed_request`: The request is not valid HTTP.
         */
        BadRequest9: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `overloaded`: The server is busy.
         *
         *     `database_unavailable`: The database is not available now.
         *
         *     `shutting_down`: The server is stopping.
         */
        ServiceUnavailable8: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `already_set_up`: There is a superuser already. */
        AlreadySetUp: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed8: {
            headers: {
                Allow: components["headers"]["Allow8"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `version_conflict`: Somebody else changed this first. */
        VersionConflict: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed9: {
            headers: {
                Allow: components["headers"]["Allow9"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed10: {
            headers: {
                Allow: components["headers"]["Allow10"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `method_not_allowed`: The method is not allowed here. */
        MethodNotAllowed11: {
            headers: {
                Allow: components["headers"]["Allow11"];
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `version_conflict`: Somebody else changed this first.
         *
         *     `setting_pinned`: The setting is fixed by the environment.
         */
        Conflict: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The name of this request in the server's log. A name that a proxy sent is kept. */
        RequestId: string;
        /** @description Nobody may store this answer. */
        CacheControl: "no-store";
        /** @description The methods of this path. */
        Allow: string;
        /** @description When to try again, in seconds. */
        RetryAfter: string;
        /** @description Its URL, relative to the request. */
        Location: string;
        /** @description The methods of this path. */
        Allow2: string;
        /** @description When to try again, in seconds. */
        RetryAfter2: string;
        /** @description The limit that is reached: how many (`q`) in how many seconds (`w`). */
        RateLimitPolicy: string;
        /** @description How many are left (`r`), and for how many seconds (`t`). */
        RateLimit: string;
        /** @description How to authenticate (RFC 6750 3, RFC 9470 3). */
        WWWAuthenticate: "Bearer";
        /** @description How to authenticate (RFC 6750 3, RFC 9470 3). */
        WWWAuthenticate2: "Bearer" | "Bearer error=\"invalid_token\"";
        /** @description In how many seconds it counts as reuse. Absent: it is not valid. */
        RetryAfter3: string;
        /** @description The methods of this path. */
        Allow3: string;
        /** @description The methods of this path. */
        Allow4: string;
        /** @description The methods of this path. */
        Allow5: string;
        /** @description How to authenticate (RFC 6750 3, RFC 9470 3). */
        WWWAuthenticate3: string;
        /** @description The methods of this path. */
        Allow6: string;
        /** @description The methods of this path. */
        Allow7: string;
        /** @description What the answer depends on. */
        Vary: "accept-encoding";
        /** @description How it is compressed. Absent: it is not. */
        ContentEncoding: "br" | "gzip";
        /** @description The methods of this path. */
        Allow8: string;
        /** @description The methods of this path. */
        Allow9: string;
        /** @description The methods of this path. */
        Allow10: string;
        /** @description The methods of this path. */
        Allow11: string;
        /** @description Ask the server whether it has changed. */
        CacheControl2: "no-cache";
        /** @description Names this version, for `If-None-Match`. */
        ETag: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The public keys (RFC 7517). There are none while tokens are signed with HS256. */
            200: {
                headers: {
                    /** @description How long it may be stored. */
                    "Cache-Control": "public, max-age=300";
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "keys": [
                     *         {
                     *           "kty": "OKP",
                     *           "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                     *           "alg": "EdDSA",
                     *           "use": "sig"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["KeySet"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/json": components["schemas"]["Registration"];
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["Registration"];
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["Registration"];
            };
        };
        responses: {
            /** @description A profile. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com"
                     *     }
                     */
                    "application/json": components["schemas"]["Profile"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["RegistrationClosed"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    beginRegistration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/json": components["schemas"]["RegistrationStart"];
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["RegistrationStart"];
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["RegistrationStart"];
            };
        };
        responses: {
            /** @description The flow has begun. */
            202: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["BegunFlow"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["RegistrationClosed"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable3"];
        };
    };
    confirmRegistration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "password": "correct horse battery",
                 *       "username": "ada"
                 *     }
                 */
                "application/json": components["schemas"]["RegistrationConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "password": "correct horse battery",
                 *       "username": "ada"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["RegistrationConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "password": "correct horse battery",
                 *       "username": "ada"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["RegistrationConfirmation"];
            };
        };
        responses: {
            /** @description Your profile. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description Its URL, relative to the request. */
                    Location: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com",
                     *       "email_verified": false,
                     *       "locale": "de-AT",
                     *       "second_factor_due_at": "2026-03-08T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["OwnProfile"];
                };
            };
            400: components["responses"]["BadRequest2"];
            403: components["responses"]["RegistrationClosed"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery",
                 *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["Credentials"];
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery",
                 *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["Credentials"];
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery",
                 *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description The tokens of a session. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl",
                     *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            400: components["responses"]["BadRequest3"];
            /**
             * @description `invalid_credentials`: The credentials are not valid.
             *
             *     `second_factor_required`: The second factor is missing.
             *
             *     `second_factor_enrolment_required`: A second factor has to be added first.
             */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["EmailNotVerified"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    finishSecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "remember": false,
                 *       "code": "123456",
                 *       "recovery_code": "1-7K3M-9QXW-2F5D-8ZRT",
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["SecondFactor"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "remember": false,
                 *       "code": "123456",
                 *       "recovery_code": "1-7K3M-9QXW-2F5D-8ZRT",
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       }
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["SecondFactor"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "remember": false,
                 *       "code": "123456",
                 *       "recovery_code": "1-7K3M-9QXW-2F5D-8ZRT",
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       }
                 *     }
                 */
                "multipart/form-data": components["schemas"]["SecondFactor"];
            };
        };
        responses: {
            /** @description The tokens of a session. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl",
                     *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11",
                     *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                     *     }
                     */
                    "application/json": components["schemas"]["RememberedTokenPair"];
                };
            };
            400: components["responses"]["BadRequest4"];
            /** @description `second_factor_enrolment_required`: A second factor has to be added first. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["EmailNotVerified"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable4"];
        };
    };
    beginSecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["SignInFlow"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["SignInFlow"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["SignInFlow"];
            };
        };
        responses: {
            /** @description What to ask the authenticator for. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "public_key": {
                     *         "rpId": "example.com",
                     *         "challenge": "3Zg0oVnXrKeDEWv2bEZs1Wmf0x1pFUVHfXNOQkJx9PAbT1sC6rDqH2oM7nZRhcYSNBJB7Q",
                     *         "timeout": 600000,
                     *         "userVerification": "required",
                     *         "allowCredentials": [
                     *           {
                     *             "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                     *             "type": "public-key",
                     *             "transports": [
                     *               "internal"
                     *             ]
                     *           }
                     *         ]
                     *       },
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["PasskeyRequestOptions"];
                };
            };
            400: components["responses"]["BadRequest5"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable5"];
        };
    };
    beginEnrolment: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "kind": "totp",
                 *       "name": "Phone"
                 *     }
                 */
                "application/json": components["schemas"]["EnrolmentStart"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "kind": "totp",
                 *       "name": "Phone"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["EnrolmentStart"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "kind": "totp",
                 *       "name": "Phone"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["EnrolmentStart"];
            };
        };
        responses: {
            /** @description It counts for nothing until a code of it is sent, within ten minutes. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 3,
                     *       "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
                     *       "uri": "otpauth://totp/Example:ada%40example.com?issuer=Example&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30",
                     *       "qr_svg": "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 57 57\"></svg>"
                     *     }
                     */
                    "application/json": components["schemas"]["NewAuthenticatorApp"];
                };
            };
            400: components["responses"]["BadRequest5"];
            /** @description `user_inactive`: The user is deactivated or deleted. */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 6750 3, RFC 9470 3). */
                    "WWW-Authenticate": "Bearer error=\"invalid_token\"";
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["SecondFactorsOff"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["TooManyFactors"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    confirmEnrolment: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "id": 3,
                 *       "code": "123456",
                 *       "remember": false
                 *     }
                 */
                "application/json": components["schemas"]["EnrolmentConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "id": 3,
                 *       "code": "123456",
                 *       "remember": false
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["EnrolmentConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "id": 3,
                 *       "code": "123456",
                 *       "remember": false
                 *     }
                 */
                "multipart/form-data": components["schemas"]["EnrolmentConfirmation"];
            };
        };
        responses: {
            /** @description The tokens of a session. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl",
                     *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11",
                     *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "recovery_codes": [
                     *         "1-7K3M-9QXW-2F5D-8ZRT"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["EnrolledTokenPair"];
                };
            };
            400: components["responses"]["BadRequest2"];
            /**
             * @description `user_inactive`: The user is deactivated or deleted.
             *
             *     `second_factor_enrolment_required`: A second factor has to be added first.
             */
            401: {
                headers: {
                    /** @description How to authenticate (RFC 6750 3, RFC 9470 3). */
                    "WWW-Authenticate": "Bearer error=\"invalid_token\"" | "Bearer";
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["EmailNotVerified"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["TooManyFactors"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    beginEnrolmentPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["SignInFlow"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["SignInFlow"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["SignInFlow"];
            };
        };
        responses: {
            /** @description What to ask the authenticator for. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "public_key": {
                     *         "rp": {
                     *           "id": "example.com",
                     *           "name": "Example"
                     *         },
                     *         "user": {
                     *           "id": "nZRhcYSNBJB7cLqzmrGGZn1UZu9IJ9Ov3I2iWtbBMGs",
                     *           "name": "ada@example.com",
                     *           "displayName": "ada"
                     *         },
                     *         "challenge": "3Zg0oVnXrKeDEWv2bEZs1Wmf0x1pFUVHfXNOQkJx9PAbT1sC6rDqH2oM7nZRhcYSNBJB7Q",
                     *         "pubKeyCredParams": [
                     *           {
                     *             "alg": -7,
                     *             "type": "public-key"
                     *           }
                     *         ],
                     *         "timeout": 600000,
                     *         "excludeCredentials": [
                     *           {
                     *             "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                     *             "type": "public-key",
                     *             "transports": [
                     *               "internal"
                     *             ]
                     *           }
                     *         ],
                     *         "authenticatorSelection": {
                     *           "residentKey": "preferred",
                     *           "userVerification": "preferred"
                     *         },
                     *         "attestation": "none",
                     *         "extensions": {
                     *           "credProps": true
                     *         }
                     *       },
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["PasskeyCreationOptions"];
                };
            };
            400: components["responses"]["BadRequest5"];
            403: components["responses"]["SecondFactorsOff"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["TooManyFactors"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable4"];
        };
    };
    finishEnrolmentPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       },
                 *       "name": "Phone",
                 *       "remember": false
                 *     }
                 */
                "application/json": components["schemas"]["EnrolmentPasskey"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       },
                 *       "name": "Phone",
                 *       "remember": false
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["EnrolmentPasskey"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       },
                 *       "name": "Phone",
                 *       "remember": false
                 *     }
                 */
                "multipart/form-data": components["schemas"]["EnrolmentPasskey"];
            };
        };
        responses: {
            /** @description The tokens of a session. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl",
                     *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11",
                     *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "recovery_codes": [
                     *         "1-7K3M-9QXW-2F5D-8ZRT"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["EnrolledTokenPair"];
                };
            };
            400: components["responses"]["BadRequest4"];
            /**
             * @description `second_factor_enrolment_required`: A second factor has to be added first.
             *
             *     `user_inactive`: The user is deactivated or deleted.
             */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate2"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["EmailNotVerified"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["TooManyFactors"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable4"];
        };
    };
    beginMailSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/json": components["schemas"]["MailSignIn"];
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["MailSignIn"];
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["MailSignIn"];
            };
        };
        responses: {
            /** @description The flow has begun. */
            202: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["BegunFlow"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["MailSignInOff"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable3"];
        };
    };
    confirmMailSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["MailSignInConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["MailSignInConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["MailSignInConfirmation"];
            };
        };
        responses: {
            /** @description The tokens of a session. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl",
                     *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            400: components["responses"]["BadRequest2"];
            /**
             * @description `second_factor_required`: The second factor is missing.
             *
             *     `second_factor_enrolment_required`: A second factor has to be added first.
             */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["MailSignInOff"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    beginPasskeySignIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What to ask the authenticator for. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "public_key": {
                     *         "rpId": "example.com",
                     *         "challenge": "3Zg0oVnXrKeDEWv2bEZs1Wmf0x1pFUVHfXNOQkJx9PAbT1sC6rDqH2oM7nZRhcYSNBJB7Q",
                     *         "timeout": 600000,
                     *         "userVerification": "required",
                     *         "allowCredentials": [
                     *           {
                     *             "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                     *             "type": "public-key",
                     *             "transports": [
                     *               "internal"
                     *             ]
                     *           }
                     *         ]
                     *       },
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["PasskeyRequestOptions"];
                };
            };
            400: components["responses"]["BadRequest3"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable5"];
        };
    };
    signInWithPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PasskeySignIn"];
                /**
                 * @example {
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       }
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["PasskeySignIn"];
                /**
                 * @example {
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       }
                 *     }
                 */
                "multipart/form-data": components["schemas"]["PasskeySignIn"];
            };
        };
        responses: {
            /** @description The tokens of a session. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl",
                     *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            400: components["responses"]["BadRequest6"];
            401: components["responses"]["InvalidCredentials"];
            403: components["responses"]["EmailNotVerified"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable6"];
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Any text that is new for each refresh, such as a UUID.
                 * @example 0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10
                 */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11",
                 *       "report_reuse": false
                 *     }
                 */
                "application/json": components["schemas"]["RefreshToken"];
                /**
                 * @example {
                 *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11",
                 *       "report_reuse": false
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["RefreshToken"];
                /**
                 * @example {
                 *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11",
                 *       "report_reuse": false
                 *     }
                 */
                "multipart/form-data": components["schemas"]["RefreshToken"];
            };
        };
        responses: {
            /** @description The tokens of a session. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl",
                     *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            400: components["responses"]["BadRequest7"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11",
                 *       "report_reuse": false
                 *     }
                 */
                "application/json": components["schemas"]["RefreshToken"];
                /**
                 * @example {
                 *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11",
                 *       "report_reuse": false
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["RefreshToken"];
                /**
                 * @example {
                 *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11",
                 *       "report_reuse": false
                 *     }
                 */
                "multipart/form-data": components["schemas"]["RefreshToken"];
            };
        };
        responses: {
            /** @description The session has ended. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "success": "User logged out."
                     *     }
                     */
                    "application/json": {
                        /** @example User logged out. */
                        success: string;
                    };
                };
            };
            400: components["responses"]["BadRequest7"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The active sessions, the last used first. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sessions": [
                     *         {
                     *           "id": 7,
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "expires_at": "2026-04-01T09:30:00.000Z",
                     *           "ip": "203.0.113.7",
                     *           "device": "Firefox on Linux",
                     *           "is_support_access": false,
                     *           "is_current": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["MethodNotAllowed3"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    endSessions: {
        parameters: {
            query?: {
                /** @description Whether the session of this access token stays. */
                keep_current?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions have ended; their tokens are refused from the next request on. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ended": 2
                     *     }
                     */
                    "application/json": components["schemas"]["EndedCount"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed3"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions have ended; their tokens are refused from the next request on. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ended": 2
                     *     }
                     */
                    "application/json": components["schemas"]["EndedCount"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed4"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    listFactors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What you can sign in with besides the password. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "authenticator_apps": [
                     *         {
                     *           "id": 3,
                     *           "name": "Phone",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "passkeys": [
                     *         {
                     *           "id": 3,
                     *           "name": "Phone",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "is_backed_up": true,
                     *           "is_usable": true
                     *         }
                     *       ],
                     *       "recovery_codes_left": 9,
                     *       "remembered_devices": 1
                     *     }
                     */
                    "application/json": components["schemas"]["FactorList"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed5"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    addFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "kind": "totp",
                 *       "name": "Phone"
                 *     }
                 */
                "application/json": components["schemas"]["NewFactor"];
                /**
                 * @example {
                 *       "kind": "totp",
                 *       "name": "Phone"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["NewFactor"];
                /**
                 * @example {
                 *       "kind": "totp",
                 *       "name": "Phone"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["NewFactor"];
            };
        };
        responses: {
            /** @description It counts for nothing until a code of it is sent, within ten minutes. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description Its URL, relative to the request. */
                    Location: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 3,
                     *       "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
                     *       "uri": "otpauth://totp/Example:ada%40example.com?issuer=Example&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30",
                     *       "qr_svg": "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 57 57\"></svg>"
                     *     }
                     */
                    "application/json": components["schemas"]["NewAuthenticatorApp"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed5"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["TooManyFactors"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    confirmFactor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "123456",
                 *       "end_other_sessions": false
                 *     }
                 */
                "application/json": components["schemas"]["FactorConfirmation"];
                /**
                 * @example {
                 *       "code": "123456",
                 *       "end_other_sessions": false
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["FactorConfirmation"];
                /**
                 * @example {
                 *       "code": "123456",
                 *       "end_other_sessions": false
                 *     }
                 */
                "multipart/form-data": components["schemas"]["FactorConfirmation"];
            };
        };
        responses: {
            /** @description Keep them. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "recovery_codes": [
                     *         "1-7K3M-9QXW-2F5D-8ZRT"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /**
             * @description `invalid_fields`: Some fields are not valid.
             *
             *     `invalid_body`: The body as a whole is not valid.
             *
             *     `invalid_code`: The code is not right.
             *
             *     `malformed_body`: The body could not be parsed.
             *
             *     `malformed_request`: The request is not valid HTTP.
             */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["TooManyFactors"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    removeFactor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "end_other_sessions": false
                 *     }
                 */
                "application/json": components["schemas"]["FactorRemoval"];
                /**
                 * @example {
                 *       "end_other_sessions": false
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["FactorRemoval"];
                /**
                 * @example {
                 *       "end_other_sessions": false
                 *     }
                 */
                "multipart/form-data": components["schemas"]["FactorRemoval"];
            };
        };
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed6"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["FactorRequired"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    renameFactor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Phone"
                 *     }
                 */
                "application/json": components["schemas"]["FactorName"];
                /**
                 * @example {
                 *       "name": "Phone"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["FactorName"];
                /**
                 * @example {
                 *       "name": "Phone"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["FactorName"];
            };
        };
        responses: {
            /** @description It has the name. */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed6"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    replaceRecoveryCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Keep them. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "recovery_codes": [
                     *         "1-7K3M-9QXW-2F5D-8ZRT"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            400: components["responses"]["BadRequest3"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["NoFactor"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    listTrustedDevices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The devices on which no second factor is asked for, the last used first. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "devices": [
                     *         {
                     *           "id": 7,
                     *           "device": "Firefox on Linux",
                     *           "ip": "203.0.113.7",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "expires_at": "2026-03-31T08:00:00.000Z",
                     *           "is_current": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["TrustedDeviceList"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["MethodNotAllowed3"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    forgetTrustedDevices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The second factor is asked for there again. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "forgotten": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ForgottenCount"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed3"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    forgetTrustedDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The second factor is asked for there again. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "forgotten": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ForgottenCount"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed4"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    listPasskeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your passkeys. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "passkeys": [
                     *         {
                     *           "id": 3,
                     *           "name": "Laptop",
                     *           "provider": "1Password",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "is_backed_up": true,
                     *           "signs_in_alone": true,
                     *           "is_usable": true
                     *         }
                     *       ],
                     *       "signal": {
                     *         "rp_id": "example.com",
                     *         "user_id": "nZRhcYSNBJB7cLqzmrGGZn1UZu9IJ9Ov3I2iWtbBMGs",
                     *         "name": "ada@example.com",
                     *         "display_name": "ada",
                     *         "credential_ids": [
                     *           "pO6yQ2xQq0Kk0q4Q8mCk1w"
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PasskeyList"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed5"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    addPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       },
                 *       "name": "Phone",
                 *       "end_other_sessions": false
                 *     }
                 */
                "application/json": components["schemas"]["NewPasskey"];
                /**
                 * @example {
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       },
                 *       "name": "Phone",
                 *       "end_other_sessions": false
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["NewPasskey"];
                /**
                 * @example {
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       },
                 *       "name": "Phone",
                 *       "end_other_sessions": false
                 *     }
                 */
                "multipart/form-data": components["schemas"]["NewPasskey"];
            };
        };
        responses: {
            /** @description The new passkey. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description Its URL, relative to the request. */
                    Location: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 3,
                     *       "name": "1Password",
                     *       "recovery_codes": [
                     *         "1-7K3M-9QXW-2F5D-8ZRT"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["AddedPasskey"];
                };
            };
            400: components["responses"]["BadRequest6"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed5"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["TooManyFactors"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable6"];
        };
    };
    beginPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "is_upgrade": false
                 *     }
                 */
                "application/json": components["schemas"]["NewPasskeyStart"];
                /**
                 * @example {
                 *       "is_upgrade": false
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["NewPasskeyStart"];
                /**
                 * @example {
                 *       "is_upgrade": false
                 *     }
                 */
                "multipart/form-data": components["schemas"]["NewPasskeyStart"];
            };
        };
        responses: {
            /** @description What to ask the authenticator for. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "public_key": {
                     *         "rp": {
                     *           "id": "example.com",
                     *           "name": "Example"
                     *         },
                     *         "user": {
                     *           "id": "nZRhcYSNBJB7cLqzmrGGZn1UZu9IJ9Ov3I2iWtbBMGs",
                     *           "name": "ada@example.com",
                     *           "displayName": "ada"
                     *         },
                     *         "challenge": "3Zg0oVnXrKeDEWv2bEZs1Wmf0x1pFUVHfXNOQkJx9PAbT1sC6rDqH2oM7nZRhcYSNBJB7Q",
                     *         "pubKeyCredParams": [
                     *           {
                     *             "alg": -7,
                     *             "type": "public-key"
                     *           }
                     *         ],
                     *         "timeout": 600000,
                     *         "excludeCredentials": [
                     *           {
                     *             "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                     *             "type": "public-key",
                     *             "transports": [
                     *               "internal"
                     *             ]
                     *           }
                     *         ],
                     *         "authenticatorSelection": {
                     *           "residentKey": "preferred",
                     *           "userVerification": "preferred"
                     *         },
                     *         "attestation": "none",
                     *         "extensions": {
                     *           "credProps": true
                     *         }
                     *       },
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["PasskeyCreationOptions"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            /**
             * @description `too_many_factors`: The account has as many factors as it can have.
             *
             *     `passkey_upgrade_not_due`: A passkey cannot be made without asking now.
             */
            409: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable4"];
        };
    };
    removePasskey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "end_other_sessions": false
                 *     }
                 */
                "application/json": components["schemas"]["FactorRemoval"];
                /**
                 * @example {
                 *       "end_other_sessions": false
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["FactorRemoval"];
                /**
                 * @example {
                 *       "end_other_sessions": false
                 *     }
                 */
                "multipart/form-data": components["schemas"]["FactorRemoval"];
            };
        };
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed6"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["FactorRequired"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    renamePasskey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Phone"
                 *     }
                 */
                "application/json": components["schemas"]["FactorName"];
                /**
                 * @example {
                 *       "name": "Phone"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["FactorName"];
                /**
                 * @example {
                 *       "name": "Phone"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["FactorName"];
            };
        };
        responses: {
            /** @description It has the name. */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed6"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    listPasskeyOrigins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The origins. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "origins": [
                     *         "https://app.example.com"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PasskeyOrigins"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    findPasskeyPages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pages. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "enroll": "https://auth.example.com/account/security/",
                     *       "manage": "https://auth.example.com/account/security/"
                     *     }
                     */
                    "application/json": components["schemas"]["PasskeyPages"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    readProfile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your profile. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com",
                     *       "email_verified": false,
                     *       "locale": "de-AT",
                     *       "second_factor_due_at": "2026-03-08T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["OwnProfile"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["MethodNotAllowed7"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changeProfile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "username": "ada",
                 *       "email": "ada@example.com",
                 *       "locale": "de-AT"
                 *     }
                 */
                "application/json": components["schemas"]["ProfileChange"];
                /**
                 * @example {
                 *       "username": "ada",
                 *       "email": "ada@example.com",
                 *       "locale": "de-AT"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["ProfileChange"];
                /**
                 * @example {
                 *       "username": "ada",
                 *       "email": "ada@example.com",
                 *       "locale": "de-AT"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["ProfileChange"];
            };
        };
        responses: {
            /** @description The profile after the change. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com",
                     *       "email_verified": false,
                     *       "locale": "de-AT",
                     *       "second_factor_due_at": "2026-03-08T08:00:00.000Z",
                     *       "pending_email": "ada@example.org",
                     *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["ChangedProfile"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed7"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable3"];
        };
    };
    deleteAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "password": "correct horse battery",
                 *       "confirm": true
                 *     }
                 */
                "application/json": components["schemas"]["AccountDeletion"];
                /**
                 * @example {
                 *       "password": "correct horse battery",
                 *       "confirm": true
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["AccountDeletion"];
                /**
                 * @example {
                 *       "password": "correct horse battery",
                 *       "confirm": true
                 *     }
                 */
                "multipart/form-data": components["schemas"]["AccountDeletion"];
            };
        };
        responses: {
            /** @description The account is gone, with its sessions. */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed7"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["LastSuperuser"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    patchProfile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "username": "ada",
                 *       "email": "ada@example.com",
                 *       "locale": "de-AT"
                 *     }
                 */
                "application/json": components["schemas"]["ProfileChange"];
                /**
                 * @example {
                 *       "username": "ada",
                 *       "email": "ada@example.com",
                 *       "locale": "de-AT"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["ProfileChange"];
                /**
                 * @example {
                 *       "username": "ada",
                 *       "email": "ada@example.com",
                 *       "locale": "de-AT"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["ProfileChange"];
            };
        };
        responses: {
            /** @description The profile after the change. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com",
                     *       "email_verified": false,
                     *       "locale": "de-AT",
                     *       "second_factor_due_at": "2026-03-08T08:00:00.000Z",
                     *       "pending_email": "ada@example.org",
                     *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["ChangedProfile"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed7"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable3"];
        };
    };
    beginEmailChange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/json": components["schemas"]["EmailChange"];
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["EmailChange"];
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["EmailChange"];
            };
        };
        responses: {
            /** @description The flow has begun. */
            202: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["BegunFlow"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable3"];
        };
    };
    confirmEmailChange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["EmailChangeConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["EmailChangeConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["EmailChangeConfirmation"];
            };
        };
        responses: {
            /** @description Your profile. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com",
                     *       "email_verified": false,
                     *       "locale": "de-AT",
                     *       "second_factor_due_at": "2026-03-08T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["OwnProfile"];
                };
            };
            400: components["responses"]["BadRequest2"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    undoEmailChange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["EmailUndo"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["EmailUndo"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["EmailUndo"];
            };
        };
        responses: {
            /** @description The account has its earlier email again, no session, and no password. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "success": "The change was undone. Reset the password to sign in."
                     *     }
                     */
                    "application/json": {
                        /** @example The change was undone. Reset the password to sign in. */
                        success: string;
                    };
                };
            };
            400: components["responses"]["BadRequest9"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "current_password": "correct horse battery",
                 *       "new_password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordChange"];
                /**
                 * @example {
                 *       "current_password": "correct horse battery",
                 *       "new_password": "correct horse battery staple"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["PasswordChange"];
                /**
                 * @example {
                 *       "current_password": "correct horse battery",
                 *       "new_password": "correct horse battery staple"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description The password is changed, and every other session has ended. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "success": "Password changed."
                     *     }
                     */
                    "application/json": {
                        /** @example Password changed. */
                        success: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    reauthenticate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "password": "correct horse battery",
                 *       "code": "123456",
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["Reauthentication"];
                /**
                 * @example {
                 *       "password": "correct horse battery",
                 *       "code": "123456",
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       }
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["Reauthentication"];
                /**
                 * @example {
                 *       "password": "correct horse battery",
                 *       "code": "123456",
                 *       "credential": {
                 *         "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *         "type": "public-key",
                 *         "response": {}
                 *       }
                 *     }
                 */
                "multipart/form-data": components["schemas"]["Reauthentication"];
            };
        };
        responses: {
            /** @description The user has proven it. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "recent_until": "2026-03-01T08:15:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["RecentAuthentication"];
                };
            };
            /**
             * @description `invalid_fields`: Some fields are not valid.
             *
             *     `invalid_body`: The body as a whole is not valid.
             *
             *     `invalid_code`: The code is not right.
             *
             *     `invalid_passkey`: The passkey is not accepted.
             *
             *     `malformed_body`: The body could not be parsed.
             *
             *     `malformed_request`: The request is not valid HTTP.
             */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable4"];
        };
    };
    beginReauthentication: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What to ask the authenticator for. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "public_key": {
                     *         "rpId": "example.com",
                     *         "challenge": "3Zg0oVnXrKeDEWv2bEZs1Wmf0x1pFUVHfXNOQkJx9PAbT1sC6rDqH2oM7nZRhcYSNBJB7Q",
                     *         "timeout": 600000,
                     *         "userVerification": "required",
                     *         "allowCredentials": [
                     *           {
                     *             "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                     *             "type": "public-key",
                     *             "transports": [
                     *               "internal"
                     *             ]
                     *           }
                     *         ]
                     *       },
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["PasskeyRequestOptions"];
                };
            };
            400: components["responses"]["BadRequest3"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable4"];
        };
    };
    exportProfile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All that the server stores about the user, without secrets. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description The name of the file. */
                    "Content-Disposition": "attachment; filename=\"latchkey-export.json\"";
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": {
                     *         "id": 1,
                     *         "email": "ada@example.com",
                     *         "email_verified_at": "2026-03-01T08:05:00.000Z",
                     *         "username": "ada",
                     *         "locale": "de-AT",
                     *         "is_active": true,
                     *         "is_superuser": false,
                     *         "has_password": true,
                     *         "created_at": "2026-03-01T08:00:00.000Z",
                     *         "updated_at": "2026-03-01T08:00:00.000Z"
                     *       },
                     *       "roles": [
                     *         "support"
                     *       ],
                     *       "permissions": [
                     *         "users.view"
                     *       ],
                     *       "sessions": [
                     *         {
                     *           "id": 7,
                     *           "ip": "203.0.113.7",
                     *           "device": "Firefox on Linux",
                     *           "refreshes": 12,
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "expires_at": "2026-04-01T09:30:00.000Z",
                     *           "ended_at": null,
                     *           "end_cause": null,
                     *           "authenticated_at": "2026-03-01T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "factors": {
                     *         "authenticator_apps": [
                     *           {
                     *             "id": 3,
                     *             "name": "Phone",
                     *             "created_at": "2026-03-01T08:00:00.000Z",
                     *             "last_used_at": "2026-03-02T09:30:00.000Z"
                     *           }
                     *         ],
                     *         "passkeys": [
                     *           {
                     *             "id": 3,
                     *             "name": "Phone",
                     *             "created_at": "2026-03-01T08:00:00.000Z",
                     *             "last_used_at": "2026-03-02T09:30:00.000Z",
                     *             "is_backed_up": true,
                     *             "is_usable": true
                     *           }
                     *         ],
                     *         "recovery_codes_left": 9,
                     *         "remembered_devices": 1
                     *       },
                     *       "former_emails": [
                     *         {
                     *           "email": "ada@example.org",
                     *           "kept_until": "2026-03-08T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "mails": [
                     *         {
                     *           "kind": "password_reset",
                     *           "email": "ada@example.com",
                     *           "state": "sent",
                     *           "created_at": "2026-03-01T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "known_networks": [
                     *         {
                     *           "network": "203.0.113.7",
                     *           "last_used_at": "2026-03-01T00:00:00.000Z"
                     *         }
                     *       ],
                     *       "events": [
                     *         {
                     *           "at": "2026-03-01T08:00:00.000Z",
                     *           "kind": "session.started",
                     *           "ip": "203.0.113.7"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Export"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/json": components["schemas"]["InvitationAcceptance"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["InvitationAcceptance"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["InvitationAcceptance"];
            };
        };
        responses: {
            /** @description A profile. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com"
                     *     }
                     */
                    "application/json": components["schemas"]["Profile"];
                };
            };
            400: components["responses"]["BadRequest9"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    checkInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["InvitationToken"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["InvitationToken"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["InvitationToken"];
            };
        };
        responses: {
            /** @description The link is valid. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "email": "ada@example.com"
                     *     }
                     */
                    "application/json": components["schemas"]["InvitedUser"];
                };
            };
            400: components["responses"]["BadRequest9"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable8"];
        };
    };
    setUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/json": components["schemas"]["Setup"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["Setup"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["Setup"];
            };
        };
        responses: {
            /** @description A profile. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com"
                     *     }
                     */
                    "application/json": components["schemas"]["Profile"];
                };
            };
            400: components["responses"]["BadRequest9"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["AlreadySetUp"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    checkSetupLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["SetupToken"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["SetupToken"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["SetupToken"];
            };
        };
        responses: {
            /** @description The link is valid. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example {} */
                    "application/json": components["schemas"]["GoodLink"];
                };
            };
            400: components["responses"]["BadRequest9"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["AlreadySetUp"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable8"];
        };
    };
    beginEmailVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The flow has begun. */
            202: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["BegunFlow"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            /** @description `email_already_verified`: The email is proven already. */
            409: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            /**
             * @description `maintenance`: The server is in maintenance and does not change data now.
             *
             *     `mail_not_configured`: This server sends no mail.
             *
             *     `database_unavailable`: The database is not available now.
             *
             *     `shutting_down`: The server is stopping.
             */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmEmailVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["EmailVerificationConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["EmailVerificationConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["EmailVerificationConfirmation"];
            };
        };
        responses: {
            /** @description Your profile. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com",
                     *       "email_verified": false,
                     *       "locale": "de-AT",
                     *       "second_factor_due_at": "2026-03-08T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["OwnProfile"];
                };
            };
            400: components["responses"]["BadRequest2"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    beginEmailVerificationByPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery",
                 *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["Credentials"];
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery",
                 *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["Credentials"];
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery",
                 *       "device_token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description The flow has begun. */
            202: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["BegunFlow"];
                };
            };
            400: components["responses"]["BadRequest3"];
            401: components["responses"]["InvalidCredentials"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            /**
             * @description `maintenance`: The server is in maintenance and does not change data now.
             *
             *     `overloaded`: The server is busy.
             *
             *     `mail_not_configured`: This server sends no mail.
             *
             *     `database_unavailable`: The database is not available now.
             *
             *     `shutting_down`: The server is stopping.
             */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmEmailVerificationByPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456"
                 *     }
                 */
                "application/json": components["schemas"]["UnsignedVerificationConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["UnsignedVerificationConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["UnsignedVerificationConfirmation"];
            };
        };
        responses: {
            /** @description Your profile. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "username": "ada",
                     *       "email": "ada@example.com",
                     *       "email_verified": false,
                     *       "locale": "de-AT",
                     *       "second_factor_due_at": "2026-03-08T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["OwnProfile"];
                };
            };
            400: components["responses"]["BadRequest2"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    beginPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordReset"];
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["PasswordReset"];
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["PasswordReset"];
            };
        };
        responses: {
            /** @description The flow has begun. */
            202: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["BegunFlow"];
                };
            };
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable3"];
        };
    };
    confirmPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "password": "correct horse battery",
                 *       "second_factor": {
                 *         "code": "123456",
                 *         "recovery_code": "1-7K3M-9QXW-2F5D-8ZRT",
                 *         "credential": {
                 *           "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *           "type": "public-key",
                 *           "response": {}
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PasswordResetConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "password": "correct horse battery",
                 *       "second_factor": {
                 *         "code": "123456",
                 *         "recovery_code": "1-7K3M-9QXW-2F5D-8ZRT",
                 *         "credential": {
                 *           "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *           "type": "public-key",
                 *           "response": {}
                 *         }
                 *       }
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["PasswordResetConfirmation"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "password": "correct horse battery",
                 *       "second_factor": {
                 *         "code": "123456",
                 *         "recovery_code": "1-7K3M-9QXW-2F5D-8ZRT",
                 *         "credential": {
                 *           "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                 *           "type": "public-key",
                 *           "response": {}
                 *         }
                 *       }
                 *     }
                 */
                "multipart/form-data": components["schemas"]["PasswordResetConfirmation"];
            };
        };
        responses: {
            /** @description The password is set, and every session of the user has ended. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "success": "Password reset."
                     *     }
                     */
                    "application/json": {
                        /** @example Password reset. */
                        success: string;
                    };
                };
            };
            400: components["responses"]["BadRequest2"];
            /** @description `second_factor_required`: The second factor is missing. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable6"];
        };
    };
    askPasskeyForReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordResetOptions"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["PasswordResetOptions"];
                /**
                 * @example {
                 *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456",
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["PasswordResetOptions"];
            };
        };
        responses: {
            /** @description What to ask the authenticator for. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "public_key": {
                     *         "rpId": "example.com",
                     *         "challenge": "3Zg0oVnXrKeDEWv2bEZs1Wmf0x1pFUVHfXNOQkJx9PAbT1sC6rDqH2oM7nZRhcYSNBJB7Q",
                     *         "timeout": 600000,
                     *         "userVerification": "required",
                     *         "allowCredentials": [
                     *           {
                     *             "id": "pO6yQ2xQq0Kk0q4Q8mCk1w",
                     *             "type": "public-key",
                     *             "transports": [
                     *               "internal"
                     *             ]
                     *           }
                     *         ]
                     *       },
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["PasskeyRequestOptions"];
                };
            };
            400: components["responses"]["BadRequest2"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable4"];
        };
    };
    reportNotMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456"
                 *     }
                 */
                "application/json": components["schemas"]["NotMe"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["NotMe"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                 *       "code": "123456"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["NotMe"];
            };
        };
        responses: {
            /** @description It was done. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ended_sessions": 3,
                     *       "flow": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_in": 600
                     *     }
                     */
                    "application/json": components["schemas"]["NotMeReport"];
                };
            };
            /**
             * @description `invalid_link_token`: The link is not valid.
             *
             *     `invalid_code`: The code is not right.
             *
             *     `invalid_fields`: Some fields are not valid.
             *
             *     `invalid_body`: The body as a whole is not valid.
             *
             *     `malformed_body`: The body could not be parsed.
             *
             *     `malformed_request`: The request is not valid HTTP.
             */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    cancelFactorReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/json": components["schemas"]["FactorResetCancellation"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["FactorResetCancellation"];
                /**
                 * @example {
                 *       "token": "a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["FactorResetCancellation"];
            };
        };
        responses: {
            /** @description Nothing is reset. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "success": "The factors stay as they are."
                     *     }
                     */
                    "application/json": {
                        /** @example The factors stay as they are. */
                        success: string;
                    };
                };
            };
            400: components["responses"]["BadRequest9"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    readOwnPermissions: {
        parameters: {
            query?: {
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The permissions of the user, from roles and granted directly. For a superuser, who has every permission: all built-in ones, and all of the application's that anybody has. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "is_superuser": false,
                     *       "roles": [
                     *         "support"
                     *       ],
                     *       "permissions": [
                     *         "users.view"
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["OwnPermissions"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    checkPermissions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "permissions": [
                 *         "users.view",
                 *         "invoices.approve"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["PermissionCheck"];
            };
        };
        responses: {
            /** @description Whether the user has each permission. An unknown or deactivated user has none. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user_id": 7,
                     *       "results": {
                     *         "users.view": true,
                     *         "invoices.approve": false
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CheckedPermissions"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable8"];
        };
    };
    listPermissions: {
        parameters: {
            query?: {
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of permissions: the built-in ones, then those of the application that are in use, by name. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "users.view",
                     *           "description": "See users and what is stored about them.",
                     *           "is_builtin": true
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["PermissionPage"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listRoles: {
        parameters: {
            query?: {
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of roles, in the order of their ids. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 1,
                     *           "name": "support",
                     *           "description": "Answers the mail of customers.",
                     *           "permissions": [
                     *             "users.view",
                     *             "sessions.end"
                     *           ],
                     *           "required_acr": "aal1",
                     *           "user_count": 3,
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "updated_at": "2026-03-01T08:00:00.000Z",
                     *           "version": 3
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["RolePage"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed5"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createRole: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "support",
                 *       "description": "Answers the mail of customers.",
                 *       "permissions": [
                 *         "users.view",
                 *         "sessions.end"
                 *       ],
                 *       "required_acr": "aal1"
                 *     }
                 */
                "application/json": components["schemas"]["NewRole"];
            };
        };
        responses: {
            /** @description The role. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description Its URL, relative to the request. */
                    Location: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "support",
                     *       "description": "Answers the mail of customers.",
                     *       "permissions": [
                     *         "users.view",
                     *         "sessions.end"
                     *       ],
                     *       "required_acr": "aal1",
                     *       "user_count": 3,
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "updated_at": "2026-03-01T08:00:00.000Z",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Role"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed5"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    readRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The role. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "support",
                     *       "description": "Answers the mail of customers.",
                     *       "permissions": [
                     *         "users.view",
                     *         "sessions.end"
                     *       ],
                     *       "required_acr": "aal1",
                     *       "user_count": 3,
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "updated_at": "2026-03-01T08:00:00.000Z",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Role"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed8"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    deleteRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The role is deleted, and nobody has it any more. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deleted": 1
                     *     }
                     */
                    "application/json": components["schemas"]["DeletedCount"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed8"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    changeRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "support",
                 *       "description": "Answers the mail of customers.",
                 *       "permissions": [
                 *         "users.view",
                 *         "sessions.end"
                 *       ],
                 *       "required_acr": "aal1",
                 *       "expected_version": 3
                 *     }
                 */
                "application/json": components["schemas"]["RoleChange"];
            };
        };
        responses: {
            /** @description The role. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "name": "support",
                     *       "description": "Answers the mail of customers.",
                     *       "permissions": [
                     *         "users.view",
                     *         "sessions.end"
                     *       ],
                     *       "required_acr": "aal1",
                     *       "user_count": 3,
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "updated_at": "2026-03-01T08:00:00.000Z",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Role"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed8"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VersionConflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    inviteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The invitation. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "url": "https://auth.example.com/account/invitation/?token=a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k",
                     *       "expires_at": "2026-03-04T08:00:00.000Z",
                     *       "is_mailed": true
                     *     }
                     */
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            /** @description `password_already_set`: The user has a password already. */
            409: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    readUserPermissions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The roles and permissions of the user. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "roles": [
                     *         {
                     *           "id": 1,
                     *           "name": "support"
                     *         }
                     *       ],
                     *       "permissions": [
                     *         "users.view"
                     *       ],
                     *       "effective": [
                     *         "users.view"
                     *       ],
                     *       "is_effective_complete": true,
                     *       "is_superuser": false,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["UserPermissions"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed9"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changeUserPermissions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "roles": [
                 *         1
                 *       ],
                 *       "permissions": [
                 *         "users.view"
                 *       ],
                 *       "expected_version": 3
                 *     }
                 */
                "application/json": components["schemas"]["UserGrants"];
            };
        };
        responses: {
            /** @description The roles and permissions of the user. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "roles": [
                     *         {
                     *           "id": 1,
                     *           "name": "support"
                     *         }
                     *       ],
                     *       "permissions": [
                     *         "users.view"
                     *       ],
                     *       "effective": [
                     *         "users.view"
                     *       ],
                     *       "is_effective_complete": true,
                     *       "is_superuser": false,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["UserPermissions"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed9"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VersionConflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    listMail: {
        parameters: {
            query?: {
                /** @description Only mails in this state. */
                state?: "pending" | "sent" | "dead";
                /** @description Only mails about this user. */
                user_id?: number;
                /** @description At most this many. A page may have fewer before the list ends. */
                limit?: number;
                /** @description The `next_cursor` of the previous page, with the same order and filters. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the outbox, the newest first. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 12,
                     *           "kind": "password_reset",
                     *           "state": "sent",
                     *           "user_id": 7,
                     *           "email": "ada@example.com",
                     *           "locale": "en",
                     *           "message_id": "<0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10@example.com>",
                     *           "attempts": 1,
                     *           "last_reply": "250 2.0.0 Ok: queued as 4F1A",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "due_at": null,
                     *           "expires_at": "2026-03-01T08:00:00.000Z",
                     *           "finished_at": null,
                     *           "bounced_at": null
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["OutboxPage"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    readMailStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether mail leaves the server. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "delivery": "smtp",
                     *       "from": "no-reply@example.com",
                     *       "waiting": 0,
                     *       "failure": null
                     *     }
                     */
                    "application/json": components["schemas"]["MailStatus"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    readMail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A mail. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 12,
                     *       "kind": "password_reset",
                     *       "state": "sent",
                     *       "user_id": 7,
                     *       "email": "ada@example.com",
                     *       "locale": "en",
                     *       "message_id": "<0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10@example.com>",
                     *       "attempts": 1,
                     *       "last_reply": "250 2.0.0 Ok: queued as 4F1A",
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "due_at": null,
                     *       "expires_at": "2026-03-01T08:00:00.000Z",
                     *       "finished_at": null,
                     *       "bounced_at": null,
                     *       "content": null
                     *     }
                     */
                    "application/json": components["schemas"]["OutboxMailDetail"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    resendMail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A mail. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 12,
                     *       "kind": "password_reset",
                     *       "state": "sent",
                     *       "user_id": 7,
                     *       "email": "ada@example.com",
                     *       "locale": "en",
                     *       "message_id": "<0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10@example.com>",
                     *       "attempts": 1,
                     *       "last_reply": "250 2.0.0 Ok: queued as 4F1A",
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "due_at": null,
                     *       "expires_at": "2026-03-01T08:00:00.000Z",
                     *       "finished_at": null,
                     *       "bounced_at": null
                     *     }
                     */
                    "application/json": components["schemas"]["OutboxMail"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            /** @description `mail_finished`: The mail is not waiting any more. */
            409: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    listMailTexts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A language that mails are written in: en, de, or one of `LATCHKEY_MAIL_TEXTS`.
                 * @example en
                 */
                locale: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The texts of a language. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "languages": [
                     *         "en",
                     *         "de"
                     *       ],
                     *       "items": [
                     *         {
                     *           "name": "password_reset.subject",
                     *           "locale": "en",
                     *           "text": "Reset your password at {site}",
                     *           "source": "built-in",
                     *           "text_locale": "en",
                     *           "default_text": "Reset your password at {site}",
                     *           "kinds": [
                     *             "password_reset"
                     *           ],
                     *           "placeholders": [
                     *             "site"
                     *           ],
                     *           "required_placeholders": [],
                     *           "problem": null,
                     *           "version": 3
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["MailTextList"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    readMailText: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A language that mails are written in: en, de, or one of `LATCHKEY_MAIL_TEXTS`.
                 * @example en
                 */
                locale: string;
                /**
                 * @description The name of a text.
                 * @example password_reset.subject
                 */
                name: components["schemas"]["MailTextName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The text. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "password_reset.subject",
                     *       "locale": "en",
                     *       "text": "Reset your password at {site}",
                     *       "source": "built-in",
                     *       "text_locale": "en",
                     *       "default_text": "Reset your password at {site}",
                     *       "kinds": [
                     *         "password_reset"
                     *       ],
                     *       "placeholders": [
                     *         "site"
                     *       ],
                     *       "required_placeholders": [],
                     *       "problem": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MailText"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed10"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changeMailText: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A language that mails are written in: en, de, or one of `LATCHKEY_MAIL_TEXTS`.
                 * @example en
                 */
                locale: string;
                /**
                 * @description The name of a text.
                 * @example password_reset.subject
                 */
                name: components["schemas"]["MailTextName"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "value": "Your new password for {site}",
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/json": components["schemas"]["MailTextChange"];
                /**
                 * @example {
                 *       "value": "Your new password for {site}",
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["MailTextChange"];
                /**
                 * @example {
                 *       "value": "Your new password for {site}",
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "multipart/form-data": components["schemas"]["MailTextChange"];
            };
        };
        responses: {
            /** @description The text. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "password_reset.subject",
                     *       "locale": "en",
                     *       "text": "Reset your password at {site}",
                     *       "source": "built-in",
                     *       "text_locale": "en",
                     *       "default_text": "Reset your password at {site}",
                     *       "kinds": [
                     *         "password_reset"
                     *       ],
                     *       "placeholders": [
                     *         "site"
                     *       ],
                     *       "required_placeholders": [],
                     *       "problem": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MailText"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed10"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VersionConflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    resetMailText: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A language that mails are written in: en, de, or one of `LATCHKEY_MAIL_TEXTS`.
                 * @example en
                 */
                locale: string;
                /**
                 * @description The name of a text.
                 * @example password_reset.subject
                 */
                name: components["schemas"]["MailTextName"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/json": components["schemas"]["MailTextReset"];
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["MailTextReset"];
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "multipart/form-data": components["schemas"]["MailTextReset"];
            };
        };
        responses: {
            /** @description The text. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "password_reset.subject",
                     *       "locale": "en",
                     *       "text": "Reset your password at {site}",
                     *       "source": "built-in",
                     *       "text_locale": "en",
                     *       "default_text": "Reset your password at {site}",
                     *       "kinds": [
                     *         "password_reset"
                     *       ],
                     *       "placeholders": [
                     *         "site"
                     *       ],
                     *       "required_placeholders": [],
                     *       "problem": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MailText"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed10"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VersionConflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    rollBackMailText: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description A language that mails are written in: en, de, or one of `LATCHKEY_MAIL_TEXTS`.
                 * @example en
                 */
                locale: string;
                /**
                 * @description The name of a text.
                 * @example password_reset.subject
                 */
                name: components["schemas"]["MailTextName"];
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/json": components["schemas"]["MailTextReset"];
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["MailTextReset"];
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "multipart/form-data": components["schemas"]["MailTextReset"];
            };
        };
        responses: {
            /** @description The text. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "password_reset.subject",
                     *       "locale": "en",
                     *       "text": "Reset your password at {site}",
                     *       "source": "built-in",
                     *       "text_locale": "en",
                     *       "default_text": "Reset your password at {site}",
                     *       "kinds": [
                     *         "password_reset"
                     *       ],
                     *       "placeholders": [
                     *         "site"
                     *       ],
                     *       "required_placeholders": [],
                     *       "problem": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MailText"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VersionConflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    previewMail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "kind": "password_reset",
                 *       "locale": "en",
                 *       "texts": {
                 *         "password_reset.heading": "Choose a new password"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["MailPreviewRequest"];
            };
        };
        responses: {
            /** @description The mail. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "subject": "Reset your password at auth.example.com",
                     *       "text": "RESET YOUR PASSWORD\n",
                     *       "html": "<!doctype html>"
                     *     }
                     */
                    "application/json": components["schemas"]["MailPreview"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable8"];
        };
    };
    sendTestMail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "kind": "password_reset",
                 *       "locale": "en"
                 *     }
                 */
                "application/json": components["schemas"]["TestMailRequest"];
                /**
                 * @example {
                 *       "kind": "password_reset",
                 *       "locale": "en"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["TestMailRequest"];
                /**
                 * @example {
                 *       "kind": "password_reset",
                 *       "locale": "en"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["TestMailRequest"];
            };
        };
        responses: {
            /** @description It is on its way. */
            202: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "email": "ada@example.com"
                     *     }
                     */
                    "application/json": components["schemas"]["TestMail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable3"];
        };
    };
    listNodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The running nodes, the oldest first, and those that died within the last hour. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10",
                     *           "version": "0.1.0",
                     *           "host": "auth-1",
                     *           "pid": 4711,
                     *           "worker": 1,
                     *           "started_at": "2026-03-01T08:00:00.000Z",
                     *           "seen_at": "2026-03-01T08:00:00.000Z",
                     *           "is_alive": true,
                     *           "settings_lag_ms": 0,
                     *           "leads": [
                     *             "keys",
                     *             "sweep"
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["NodeList"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description The beginning of the email (in any letter case) or of the username (as it is stored); `@` and the beginning of the email's domain; or an id. */
                search?: string;
                /**
                 * @description Only these: up to 100 ids, with commas between.
                 * @example 7,11
                 */
                ids?: string;
                is_active?: boolean;
                is_superuser?: boolean;
                /** @description The id of a role that they have. */
                role?: number;
                /** @description How strongly they can sign in: `aal1` are those without a second factor. Nobody is in two of the lists. */
                acr?: "aal1" | "aal2" | "phr";
                /** @description With a hyphen before it: descending. A search with more than 1,000 matches is always ordered by email, then by username. */
                sort?: "id" | "-id" | "email" | "-email" | "created_at" | "-created_at";
                /** @description At most this many. A page may have fewer before the list ends. */
                limit?: number;
                /** @description The `next_cursor` of the previous page, with the same order and filters. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of users. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 7,
                     *           "email": "ada@example.com",
                     *           "email_verified": true,
                     *           "username": "ada",
                     *           "locale": "de-AT",
                     *           "is_active": true,
                     *           "is_superuser": false,
                     *           "has_password": true,
                     *           "acr": "aal1",
                     *           "roles": [
                     *             {
                     *               "id": 1,
                     *               "name": "support"
                     *             }
                     *           ],
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "updated_at": "2026-03-01T08:00:00.000Z",
                     *           "last_sign_in_at": "2026-03-02T09:30:00.000Z",
                     *           "email_bounced_at": null,
                     *           "version": 3
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed5"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "username": "ada",
                 *       "locale": "de-AT",
                 *       "password": "correct horse battery",
                 *       "is_superuser": false,
                 *       "roles": [
                 *         1
                 *       ],
                 *       "permissions": [
                 *         "users.view"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description A user, as administrators see them. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description Its URL, relative to the request. */
                    Location: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 7,
                     *       "email": "ada@example.com",
                     *       "email_verified": true,
                     *       "username": "ada",
                     *       "locale": "de-AT",
                     *       "is_active": true,
                     *       "is_superuser": false,
                     *       "has_password": true,
                     *       "acr": "aal1",
                     *       "roles": [
                     *         {
                     *           "id": 1,
                     *           "name": "support"
                     *         }
                     *       ],
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "updated_at": "2026-03-01T08:00:00.000Z",
                     *       "last_sign_in_at": "2026-03-02T09:30:00.000Z",
                     *       "email_bounced_at": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed5"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    readUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A user, as administrators see them. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 7,
                     *       "email": "ada@example.com",
                     *       "email_verified": true,
                     *       "username": "ada",
                     *       "locale": "de-AT",
                     *       "is_active": true,
                     *       "is_superuser": false,
                     *       "has_password": true,
                     *       "acr": "aal1",
                     *       "roles": [
                     *         {
                     *           "id": 1,
                     *           "name": "support"
                     *         }
                     *       ],
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "updated_at": "2026-03-01T08:00:00.000Z",
                     *       "last_sign_in_at": "2026-03-02T09:30:00.000Z",
                     *       "email_bounced_at": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed8"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user is deleted, with all their data. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deleted": 1
                     *     }
                     */
                    "application/json": components["schemas"]["DeletedCount"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed8"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["LastSuperuser"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    changeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "username": "ada",
                 *       "locale": "de-AT",
                 *       "is_superuser": false,
                 *       "expected_version": 3
                 *     }
                 */
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description A user, as administrators see them. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 7,
                     *       "email": "ada@example.com",
                     *       "email_verified": true,
                     *       "username": "ada",
                     *       "locale": "de-AT",
                     *       "is_active": true,
                     *       "is_superuser": false,
                     *       "has_password": true,
                     *       "acr": "aal1",
                     *       "roles": [
                     *         {
                     *           "id": 1,
                     *           "name": "support"
                     *         }
                     *       ],
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "updated_at": "2026-03-01T08:00:00.000Z",
                     *       "last_sign_in_at": "2026-03-02T09:30:00.000Z",
                     *       "email_bounced_at": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed8"];
            408: components["responses"]["RequestTimeout"];
            /**
             * @description `last_superuser`: The last active superuser cannot be removed.
             *
             *     `version_conflict`: Somebody else changed this first.
             */
            409: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    setUserPassword: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/json": components["schemas"]["NewPassword"];
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["NewPassword"];
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description A user, as administrators see them. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 7,
                     *       "email": "ada@example.com",
                     *       "email_verified": true,
                     *       "username": "ada",
                     *       "locale": "de-AT",
                     *       "is_active": true,
                     *       "is_superuser": false,
                     *       "has_password": true,
                     *       "acr": "aal1",
                     *       "roles": [
                     *         {
                     *           "id": 1,
                     *           "name": "support"
                     *         }
                     *       ],
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "updated_at": "2026-03-01T08:00:00.000Z",
                     *       "last_sign_in_at": "2026-03-02T09:30:00.000Z",
                     *       "email_bounced_at": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    deactivateUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "left the company"
                 *     }
                 */
                "application/json": components["schemas"]["Deactivation"];
                /**
                 * @example {
                 *       "reason": "left the company"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["Deactivation"];
                /**
                 * @example {
                 *       "reason": "left the company"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["Deactivation"];
            };
        };
        responses: {
            /** @description A user, as administrators see them. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 7,
                     *       "email": "ada@example.com",
                     *       "email_verified": true,
                     *       "username": "ada",
                     *       "locale": "de-AT",
                     *       "is_active": true,
                     *       "is_superuser": false,
                     *       "has_password": true,
                     *       "acr": "aal1",
                     *       "roles": [
                     *         {
                     *           "id": 1,
                     *           "name": "support"
                     *         }
                     *       ],
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "updated_at": "2026-03-01T08:00:00.000Z",
                     *       "last_sign_in_at": "2026-03-02T09:30:00.000Z",
                     *       "email_bounced_at": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["LastSuperuser"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    activateUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A user, as administrators see them. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 7,
                     *       "email": "ada@example.com",
                     *       "email_verified": true,
                     *       "username": "ada",
                     *       "locale": "de-AT",
                     *       "is_active": true,
                     *       "is_superuser": false,
                     *       "has_password": true,
                     *       "acr": "aal1",
                     *       "roles": [
                     *         {
                     *           "id": 1,
                     *           "name": "support"
                     *         }
                     *       ],
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "updated_at": "2026-03-01T08:00:00.000Z",
                     *       "last_sign_in_at": "2026-03-02T09:30:00.000Z",
                     *       "email_bounced_at": null,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    changeUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "action": "deactivate",
                 *       "ids": [
                 *         7,
                 *         8
                 *       ],
                 *       "reason": "left the company"
                 *     }
                 */
                "application/json": components["schemas"]["BulkAction"];
            };
        };
        responses: {
            /** @description The outcome for each user. A failure for one does not stop the others. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "results": [
                     *         {
                     *           "id": 7,
                     *           "ok": false,
                     *           "code": "permission_denied",
                     *           "detail": "Only a superuser can make a superuser, or change one."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BulkResults"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    listAllSessions: {
        parameters: {
            query?: {
                user_id?: number;
                /** @description Only those in which this administrator acts in the name of a user. */
                impersonator_id?: number;
                /** @description An expired session counts as ended. */
                state?: "live" | "ended" | "all";
                /** @description At most this many. A page may have fewer before the list ends. */
                limit?: number;
                /** @description The `next_cursor` of the previous page, with the same order and filters. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions, the newest first. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 7,
                     *           "user_id": 1,
                     *           "email": "ada@example.com",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "expires_at": "2026-04-01T09:30:00.000Z",
                     *           "ended_at": null,
                     *           "end_cause": null,
                     *           "ip": "203.0.113.7",
                     *           "device": "Firefox on Linux",
                     *           "impersonator_id": null
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listUserSessions: {
        parameters: {
            query?: {
                /** @description An expired session counts as ended. */
                state?: "live" | "ended" | "all";
                /** @description At most this many. A page may have fewer before the list ends. */
                limit?: number;
                /** @description The `next_cursor` of the previous page, with the same order and filters. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions, the newest first. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 7,
                     *           "user_id": 1,
                     *           "email": "ada@example.com",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "expires_at": "2026-04-01T09:30:00.000Z",
                     *           "ended_at": null,
                     *           "end_cause": null,
                     *           "ip": "203.0.113.7",
                     *           "device": "Firefox on Linux",
                     *           "impersonator_id": null
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed3"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    endUserSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions have ended; their tokens are refused from the next request on. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ended": 2
                     *     }
                     */
                    "application/json": components["schemas"]["EndedSessions"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed3"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    endSessionOfUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions have ended; their tokens are refused from the next request on. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ended": 2
                     *     }
                     */
                    "application/json": components["schemas"]["EndedSessions"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed4"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    readUserFactors: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The factors of the user, without secrets. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "authenticator_apps": [
                     *         {
                     *           "id": 3,
                     *           "name": "Phone",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "passkeys": [
                     *         {
                     *           "id": 3,
                     *           "name": "Phone",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "is_backed_up": true,
                     *           "is_usable": true
                     *         }
                     *       ],
                     *       "recovery_codes_left": 9,
                     *       "remembered_devices": 1,
                     *       "acr": "aal2",
                     *       "required_acr": "aal2",
                     *       "due_at": null,
                     *       "reset": null
                     *     }
                     */
                    "application/json": components["schemas"]["UserFactors"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    resetUserFactors: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "left the company"
                 *     }
                 */
                "application/json": components["schemas"]["FactorReset"];
                /**
                 * @example {
                 *       "reason": "left the company"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["FactorReset"];
                /**
                 * @example {
                 *       "reason": "left the company"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["FactorReset"];
            };
        };
        responses: {
            /** @description The factors of the user, without secrets. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "authenticator_apps": [
                     *         {
                     *           "id": 3,
                     *           "name": "Phone",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "passkeys": [
                     *         {
                     *           "id": 3,
                     *           "name": "Phone",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "is_backed_up": true,
                     *           "is_usable": true
                     *         }
                     *       ],
                     *       "recovery_codes_left": 9,
                     *       "remembered_devices": 1,
                     *       "acr": "aal2",
                     *       "required_acr": "aal2",
                     *       "due_at": null,
                     *       "reset": null
                     *     }
                     */
                    "application/json": components["schemas"]["UserFactors"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed11"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["NoFactor"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    cancelUserFactorReset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The factors of the user, without secrets. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "authenticator_apps": [
                     *         {
                     *           "id": 3,
                     *           "name": "Phone",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "passkeys": [
                     *         {
                     *           "id": 3,
                     *           "name": "Phone",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "last_used_at": "2026-03-02T09:30:00.000Z",
                     *           "is_backed_up": true,
                     *           "is_usable": true
                     *         }
                     *       ],
                     *       "recovery_codes_left": 9,
                     *       "remembered_devices": 1,
                     *       "acr": "aal2",
                     *       "required_acr": "aal2",
                     *       "due_at": null,
                     *       "reset": null
                     *     }
                     */
                    "application/json": components["schemas"]["UserFactors"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed11"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    exportUsers: {
        parameters: {
            query?: {
                /** @description The beginning of the email (in any letter case) or of the username (as it is stored); `@` and the beginning of the email's domain; or an id. */
                search?: string;
                /**
                 * @description Only these: up to 100 ids, with commas between.
                 * @example 7,11
                 */
                ids?: string;
                is_active?: boolean;
                is_superuser?: boolean;
                /** @description The id of a role that they have. */
                role?: number;
                /** @description How strongly they can sign in: `aal1` are those without a second factor. Nobody is in two of the lists. */
                acr?: "aal1" | "aal2" | "phr";
                /** @description With a hyphen before it: descending. A search with more than 1,000 matches is always ordered by email, then by username. */
                sort?: "id" | "-id" | "email" | "-email" | "created_at" | "-created_at";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The users that match the filters. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description The name of the file. */
                    "Content-Disposition": "attachment; filename=\"latchkey-users.csv\"";
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example id,email */
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    impersonateUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "ticket 4711: the invoice does not load"
                 *     }
                 */
                "application/json": components["schemas"]["Impersonation"];
                /**
                 * @example {
                 *       "reason": "ticket 4711: the invoice does not load"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["Impersonation"];
                /**
                 * @example {
                 *       "reason": "ticket 4711: the invoice does not load"
                 *     }
                 */
                "multipart/form-data": components["schemas"]["Impersonation"];
            };
        };
        responses: {
            /** @description The tokens of a session. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxLCJleHAiOjE3OTU5OTk5OTl9.c2lnbmF0dXJl",
                     *       "refresh_token": "0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    readOverview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures of the overview. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "users": {
                     *         "total": 1204,
                     *         "active": 1198
                     *       },
                     *       "sessions": {
                     *         "live": 431
                     *       },
                     *       "administrators_without_factor": 1,
                     *       "counted_at": "2026-03-01T08:00:00.000Z",
                     *       "series": [
                     *         {
                     *           "at": "2026-03-01T08:00:00.000Z",
                     *           "sign_ins": 12,
                     *           "failures": 1,
                     *           "refreshes": 420
                     *         }
                     *       ],
                     *       "hash_queue": {
                     *         "waiting": 0,
                     *         "limit": 256
                     *       },
                     *       "event_loop_delay_ms": 1.2
                     *     }
                     */
                    "application/json": components["schemas"]["Overview"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every setting. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "ACCESS_TOKEN_LIFETIME",
                     *           "group": "tokens",
                     *           "type": "integer",
                     *           "value": 60,
                     *           "text": "1 minute",
                     *           "default": 30,
                     *           "default_text": "30 seconds",
                     *           "minimum": 1,
                     *           "maximum": 604800,
                     *           "unit": "seconds",
                     *           "zero": "no limit",
                     *           "choices": [],
                     *           "format": "origins",
                     *           "max_length": 4000,
                     *           "colors": {
                     *             "accent": "#3347c4",
                     *             "link": "#3043b8"
                     *           },
                     *           "blank": "none",
                     *           "requiring_roles": [
                     *             "support"
                     *           ],
                     *           "description": "How long an access token is valid. A refresh returns the next one.",
                     *           "source": "database",
                     *           "is_pinned": false,
                     *           "version": 3
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SettingList"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    readSetting: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a setting.
                 * @example ACCESS_TOKEN_LIFETIME
                 */
                name: components["schemas"]["SettingName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The setting. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "ACCESS_TOKEN_LIFETIME",
                     *       "group": "tokens",
                     *       "type": "integer",
                     *       "value": 60,
                     *       "text": "1 minute",
                     *       "default": 30,
                     *       "default_text": "30 seconds",
                     *       "minimum": 1,
                     *       "maximum": 604800,
                     *       "unit": "seconds",
                     *       "zero": "no limit",
                     *       "choices": [],
                     *       "format": "origins",
                     *       "max_length": 4000,
                     *       "colors": {
                     *         "accent": "#3347c4",
                     *         "link": "#3043b8"
                     *       },
                     *       "blank": "none",
                     *       "requiring_roles": [
                     *         "support"
                     *       ],
                     *       "description": "How long an access token is valid. A refresh returns the next one.",
                     *       "source": "database",
                     *       "is_pinned": false,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Setting"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed10"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changeSetting: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a setting.
                 * @example ACCESS_TOKEN_LIFETIME
                 */
                name: components["schemas"]["SettingName"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "value": 60,
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/json": components["schemas"]["SettingValue"];
                /**
                 * @example {
                 *       "value": 60,
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["SettingValue"];
                /**
                 * @example {
                 *       "value": 60,
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "multipart/form-data": components["schemas"]["SettingValue"];
            };
        };
        responses: {
            /** @description The setting. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "ACCESS_TOKEN_LIFETIME",
                     *       "group": "tokens",
                     *       "type": "integer",
                     *       "value": 60,
                     *       "text": "1 minute",
                     *       "default": 30,
                     *       "default_text": "30 seconds",
                     *       "minimum": 1,
                     *       "maximum": 604800,
                     *       "unit": "seconds",
                     *       "zero": "no limit",
                     *       "choices": [],
                     *       "format": "origins",
                     *       "max_length": 4000,
                     *       "colors": {
                     *         "accent": "#3347c4",
                     *         "link": "#3043b8"
                     *       },
                     *       "blank": "none",
                     *       "requiring_roles": [
                     *         "support"
                     *       ],
                     *       "description": "How long an access token is valid. A refresh returns the next one.",
                     *       "source": "database",
                     *       "is_pinned": false,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Setting"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed10"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    resetSetting: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of a setting.
                 * @example ACCESS_TOKEN_LIFETIME
                 */
                name: components["schemas"]["SettingName"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/json": components["schemas"]["SettingReset"];
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["SettingReset"];
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "multipart/form-data": components["schemas"]["SettingReset"];
            };
        };
        responses: {
            /** @description The setting. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "ACCESS_TOKEN_LIFETIME",
                     *       "group": "tokens",
                     *       "type": "integer",
                     *       "value": 60,
                     *       "text": "1 minute",
                     *       "default": 30,
                     *       "default_text": "30 seconds",
                     *       "minimum": 1,
                     *       "maximum": 604800,
                     *       "unit": "seconds",
                     *       "zero": "no limit",
                     *       "choices": [],
                     *       "format": "origins",
                     *       "max_length": 4000,
                     *       "colors": {
                     *         "accent": "#3347c4",
                     *         "link": "#3043b8"
                     *       },
                     *       "blank": "none",
                     *       "requiring_roles": [
                     *         "support"
                     *       ],
                     *       "description": "How long an access token is valid. A refresh returns the next one.",
                     *       "source": "database",
                     *       "is_pinned": false,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Setting"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed10"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    listSettingChanges: {
        parameters: {
            query?: {
                /** @description Only of this setting, or of this text. */
                name?: components["schemas"]["ChangedName"];
                /** @description At most this many. A page may have fewer before the list ends. */
                limit?: number;
                /** @description The `next_cursor` of the previous page, with the same order and filters. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of changes. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 3,
                     *           "name": "ACCESS_TOKEN_LIFETIME",
                     *           "from": null,
                     *           "to": 60,
                     *           "actor": "user:1",
                     *           "reason": "fewer refreshes",
                     *           "changed_at": "2026-03-01T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["SettingChangePage"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    rollBackSettingChange: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 7 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/json": components["schemas"]["SettingRollback"];
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["SettingRollback"];
                /**
                 * @example {
                 *       "reason": "fewer refreshes",
                 *       "expected_version": 3
                 *     }
                 */
                "multipart/form-data": components["schemas"]["SettingRollback"];
            };
        };
        responses: {
            /** @description The setting. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "ACCESS_TOKEN_LIFETIME",
                     *       "group": "tokens",
                     *       "type": "integer",
                     *       "value": 60,
                     *       "text": "1 minute",
                     *       "default": 30,
                     *       "default_text": "30 seconds",
                     *       "minimum": 1,
                     *       "maximum": 604800,
                     *       "unit": "seconds",
                     *       "zero": "no limit",
                     *       "choices": [],
                     *       "format": "origins",
                     *       "max_length": 4000,
                     *       "colors": {
                     *         "accent": "#3347c4",
                     *         "link": "#3043b8"
                     *       },
                     *       "blank": "none",
                     *       "requiring_roles": [
                     *         "support"
                     *       ],
                     *       "description": "How long an access token is valid. A refresh returns the next one.",
                     *       "source": "database",
                     *       "is_pinned": false,
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["Setting"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    listSigningKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys, the oldest of each algorithm first. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                     *           "algorithm": "ES256",
                     *           "state": "next",
                     *           "created_at": "2026-03-01T08:00:00.000Z",
                     *           "active_at": "2026-03-01T08:15:00.000Z",
                     *           "revoked_at": null
                     *         }
                     *       ],
                     *       "algorithm": "ES256"
                     *     }
                     */
                    "application/json": components["schemas"]["SigningKeyList"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    rotateSigningKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description Its URL, relative to the request. */
                    Location: string;
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                     *       "algorithm": "ES256",
                     *       "state": "next",
                     *       "created_at": "2026-03-01T08:00:00.000Z",
                     *       "active_at": "2026-03-01T08:15:00.000Z",
                     *       "revoked_at": null
                     *     }
                     */
                    "application/json": components["schemas"]["SigningKey"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed2"];
            408: components["responses"]["RequestTimeout"];
            /** @description `cannot_rotate`: The signing key cannot be rotated now. */
            409: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable7"];
        };
    };
    listAuditEvents: {
        parameters: {
            query?: {
                /**
                 * @description Only this kind; `GET /api/admin/audit/kinds/` lists them.
                 * @example session.started
                 */
                kind?: components["schemas"]["AuditKind"];
                /** @description Only events about this user. */
                user_id?: number;
                /** @description Only actions of this user. */
                actor_id?: number;
                /**
                 * @description Only events from this IP.
                 * @example 203.0.113.7
                 */
                ip?: string;
                /**
                 * @description From this time on (RFC 3339).
                 * @example 2026-03-01T08:00:00Z
                 */
                since?: string;
                /**
                 * @description Before this time (RFC 3339).
                 * @example 2046-03-01T08:00:00Z
                 */
                until?: string;
                /** @description To follow the log: the sealed events after this `sequence`, the oldest first; 0: from the first. Not with `cursor` or a filter. */
                after?: number;
                /** @description At most this many. A page may have fewer before the list ends. */
                limit?: number;
                /** @description The `next_cursor` of the previous page, with the same order and filters. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events, the newest first. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 4711,
                     *           "at": "2026-03-01T08:00:00.000Z",
                     *           "kind": "session.started",
                     *           "actor": {
                     *             "kind": "user",
                     *             "id": 1,
                     *             "name": null
                     *           },
                     *           "user_id": 1,
                     *           "session_id": 7,
                     *           "ip": "203.0.113.7",
                     *           "details": {
                     *             "device": "Firefox on Linux"
                     *           },
                     *           "sequence": 4711
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["AuditEventPage"];
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listAuditKinds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every kind of event. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "kind": "session.started",
                     *           "description": "A user signed in.",
                     *           "details": [
                     *             {
                     *               "name": "device",
                     *               "type": "text",
                     *               "is_nullable": true,
                     *               "description": "the device in plain words"
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["AuditKindList"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    exportAuditEvents: {
        parameters: {
            query?: {
                /**
                 * @description Only this kind; `GET /api/admin/audit/kinds/` lists them.
                 * @example session.started
                 */
                kind?: components["schemas"]["AuditKind"];
                /** @description Only events about this user. */
                user_id?: number;
                /** @description Only actions of this user. */
                actor_id?: number;
                /**
                 * @description Only events from this IP.
                 * @example 203.0.113.7
                 */
                ip?: string;
                /**
                 * @description From this time on (RFC 3339).
                 * @example 2026-03-01T08:00:00Z
                 */
                since?: string;
                /**
                 * @description Before this time (RFC 3339).
                 * @example 2046-03-01T08:00:00Z
                 */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events that match the filters. */
            200: {
                headers: {
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description The name of the file. */
                    "Content-Disposition": "attachment; filename=\"latchkey-audit.jsonl\"";
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"id":1} */
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["BadRequest8"];
            401: components["responses"]["Unauthorized2"];
            403: components["responses"]["PermissionDenied"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable2"];
        };
    };
    checkHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is alive. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": {
                        /**
                         * @example ok
                         * @enum {string}
                         */
                        status: "ok";
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
        };
    };
    checkReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is ready. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ready"
                     *     }
                     */
                    "application/json": {
                        /**
                         * @example ready
                         * @enum {string}
                         */
                        status: "ready";
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            /** @description `not_ready`: The server cannot take requests now. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readApiDescription: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI document. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl2"];
                    ETag: components["headers"]["ETag"];
                    Vary: components["headers"]["Vary"];
                    "Content-Encoding": components["headers"]["ContentEncoding"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "openapi": "3.1.0"
                     *     }
                     */
                    "application/json": {
                        /** @example 3.1.0 */
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description It has not changed since the version that `If-None-Match` names. */
            304: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl2"];
                    ETag: components["headers"]["ETag"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["MalformedRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    explainProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The `code` of an error.
                 * @example invalid_token
                 */
                code: "invalid_fields" | "invalid_body" | "malformed_body" | "malformed_request" | "not_found" | "method_not_allowed" | "request_timeout" | "body_too_large" | "unsupported_media_type" | "headers_too_large" | "invalid_refresh_token" | "invalid_link_token" | "invalid_code" | "invalid_passkey" | "flow_expired" | "invalid_credentials" | "second_factor_required" | "second_factor_enrolment_required" | "not_authenticated" | "invalid_token_header" | "invalid_token" | "user_inactive" | "insufficient_user_authentication" | "no_admin_permission" | "csrf_refused" | "mail_sign_in_off" | "email_not_verified" | "second_factors_off" | "registration_closed" | "already_set_up" | "email_already_verified" | "password_already_set" | "too_many_factors" | "factor_required" | "no_factor" | "passkey_upgrade_not_due" | "permission_denied" | "version_conflict" | "setting_pinned" | "cannot_rotate" | "last_superuser" | "mail_finished" | "rate_limited" | "internal_error" | "overloaded" | "mail_not_configured" | "passkeys_not_configured" | "database_unavailable" | "maintenance" | "not_ready" | "shutting_down" | "logged_out" | "session_expired" | "refresh_token_reused" | "session_revoked" | "session_revoked_by_admin" | "impersonation_ended" | "session_limit_reached" | "password_changed" | "password_reset" | "email_proven" | "email_restored" | "reported_by_user" | "factors_reset" | "second_factor_due" | "user_deactivated" | "database_restored";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it means. */
            200: {
                headers: {
                    /** @description How long it may be stored. */
                    "Cache-Control": "public, max-age=3600";
                    /** @description What the answer depends on. */
                    Vary: "accept";
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_credentials",
                     *       "statuses": [
                     *         401
                     *       ],
                     *       "title": "The credentials are not valid.",
                     *       "meaning": "No active account has this email and password."
                     *     }
                     */
                    "application/json": components["schemas"]["ProblemKind"];
                    "text/html": string;
                };
            };
            400: components["responses"]["MalformedRequest"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
