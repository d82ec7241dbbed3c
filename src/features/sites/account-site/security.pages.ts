import { textMember } from '../../../contract/fields.ts';
import {
  cancelFactorReset,
  findFactorReset,
  forgetDevices,
  listTrustedDevices,
  type TrustedDevice,
} from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { requiredWords } from './factor-hint.ts';
import { button, form } from './forms.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import { findOwnFactors, type OwnFactor, type OwnFactors } from './own-factors.ts';
import { passkeySignals } from './passkey-views.ts';
import { dateWords, placeWords, timeAgo } from './session-words.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

/** From here on the page asks for new ones. */
const fewCodes = 3;

/** What protects the account beside its password: apps, passkeys, recovery codes and the devices that are remembered. */
export function securityPage(site: AccountSite, deps: AccountSiteDeps): void {
  const { database, clock, relyingParty, settings } = deps;

  /** A reset of the factors by an administrator that is still to come, and its cancellation. */
  async function waitingReset(visit: Visit): Promise<Html | undefined> {
    const { say, language } = visit;
    const reset = await findFactorReset(database.db, ownOf(visit).id);
    if (!reset) return undefined;
    const date = dateWords(language, reset.dueAtMs);
    return html`
      <div class="summary">
        <p>${say('security.reset_due', { date })}</p>
        ${form(button(say, 'not_me.reset_submit', { name: 'keep_factors', value: 'true' }))}
      </div>`;
  }

  site.addPage({
    path: 'security/',
    title: 'security.title',
    auth: { kind: 'account' },
    recentAuth: false, // what it does opens less
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    async view(visit) {
      const { say } = visit;
      const { id, sessionId } = ownOf(visit);
      const nowMs = clock.nowMs();
      const own = await findOwnFactors(deps, id);
      const devices = await listTrustedDevices(deps, id, sessionId);
      const required = requiredWords(visit, own, nowMs);
      const canAdd = settings.get('SECOND_FACTOR_POLICY') !== 'off';
      const hasAny = own.factors.length > 0;
      return html`
        <div>
          ${
            required
              ? html`<p class="summary">${required}</p>`
              : !hasAny && html`<p>${say('security.text')}</p>`
          }
          ${await waitingReset(visit)}
          ${relyingParty && part(visit, own, { kind: 'passkey', nowMs, canAdd })}
          ${part(visit, own, { kind: 'totp', nowMs, canAdd })}
          ${hasAny && codesPart(visit, own)}
          ${hasAny && devicesPart(visit, devices, nowMs)}
          ${passkeySignals(own.signal)}
        </div>`;
    },
    async act(visit, body) {
      const { id: userId, actor } = ownOf(visit);
      const by = { actor, nowMs: clock.nowMs() };
      if (textMember(body, 'keep_factors') !== undefined) {
        await database.transact((trx) => cancelFactorReset(trx, deps, userId, by));
        return goTo('account/security/', { notice: 'notice.reset_cancelled' });
      }
      const which = textMember(body, 'forget') ?? '';
      const deviceId = /^\d{1,15}$/.test(which) ? Number(which) : 0; // 0 is nobody's
      await database.transact((trx) =>
        forgetDevices(trx, userId, by, which === 'all' ? undefined : deviceId),
      );
      const notice = which === 'all' ? 'notice.devices_forgotten' : 'notice.device_forgotten';
      return goTo('account/security/', { notice });
    },
  });
}

const partTexts = {
  totp: {
    path: 'security/app/',
    title: 'security.apps',
    text: 'security.apps_text',
    none: 'security.apps_none',
    add: 'security.add_app',
  },
  passkey: {
    path: 'security/passkey/',
    title: 'security.passkeys',
    text: 'security.passkeys_text',
    none: 'security.passkeys_none',
    add: 'security.add_passkey',
  },
} as const;

interface PartOptions {
  readonly kind: OwnFactor['kind'];
  readonly nowMs: number;
  /** Whether the policy lets users have factors. */
  readonly canAdd: boolean;
}

function part(
  visit: Visit,
  { factors }: OwnFactors,
  { kind, nowMs, canAdd }: PartOptions,
): Html | undefined {
  const { say, root } = visit;
  const texts = partTexts[kind];
  const listed = factors.filter((factor) => factor.kind === kind);
  const usable = listed.filter(({ isUsable }) => isUsable);
  if (!canAdd && listed.length === 0) return undefined;
  const add =
    canAdd &&
    html`<a class="button plain" href=${`${root}account/${texts.path}`}>${say(texts.add)}</a>`;
  return html`
    <section class="card">
      <h2>${say(texts.title)}</h2>
      <p>${say(texts.text)}</p>
      ${listed.length > 0 && html`<ul class="rows">${listed.map((factor) => factorRow(visit, factor, nowMs))}</ul>`}
      ${kind === 'passkey' && usable.length === 1 && html`<p class="hint">${say('security.passkeys_one')}</p>`}
      ${
        kind === 'passkey'
          ? html`<div><p class="scripted">${add}</p><p class="unscripted hint">${say('passkey.unscripted')}</p></div>`
          : html`<p>${add}</p>`
      }
    </section>`;
}

function factorRow({ say, root, language }: Visit, factor: OwnFactor, nowMs: number): Html {
  const { kind, id, name, createdAtMs, lastUsedAtMs, isSynced, isUsable } = factor;
  const at = (page: string) => `${root}account/security/${page}/?kind=${kind}&id=${id}`;
  const added = say('security.added', { when: timeAgo(language, createdAtMs, nowMs) });
  const used =
    lastUsedAtMs === null
      ? say('security.never_used')
      : say('security.used', { when: timeAgo(language, lastUsedAtMs, nowMs) });
  return html`
    <li class="row tall">
      <div>
        <strong>${name}</strong>
        ${isSynced && html` <span class="mark">${say('security.synced')}</span>`}
        ${!isUsable && html` <span class="mark">${say('security.other_domain')}</span>`}
        <p class="hint">${added} · ${used}</p>
      </div>
      <div class="actions">
        <a href=${at('rename')}>${say('security.rename')}<span class="unseen"> ${name}</span></a>
        <a href=${at('remove')}>${say('security.remove')}<span class="unseen"> ${name}</span></a>
      </div>
    </li>`;
}

function codesPart({ say, root }: Visit, { recoveryCodesLeft: count }: OwnFactors): Html {
  return html`
    <section class="card">
      <h2>${say('security.codes')}</h2>
      <p>${say('security.codes_text')}</p>
      <p>
        <strong>${say('security.codes_left', { count })}</strong>
        ${count <= fewCodes && html` <span class="mark">${say('security.codes_few')}</span>`}
      </p>
      <p><a class="button plain" href=${`${root}account/security/recovery-codes/`}>${say('security.make_codes')}</a></p>
    </section>`;
}

function devicesPart(visit: Visit, devices: readonly TrustedDevice[], nowMs: number): Html {
  const { say } = visit;
  return html`
    <section class="card">
      <h2>${say('security.devices')}</h2>
      <p>${say(devices.length > 0 ? 'security.devices_text' : 'security.devices_none')}</p>
      ${
        devices.length > 0 &&
        form(html`
          <ul class="rows">${devices.map((device) => deviceRow(visit, device, nowMs))}</ul>
          ${devices.length > 1 && button(say, 'security.forget_all', { kind: 'danger', name: 'forget', value: 'all' })}`)
      }
    </section>`;
}

function deviceRow({ say, language }: Visit, device: TrustedDevice, nowMs: number): Html {
  const { id, ip, lastUsedAtMs, createdAtMs, expiresAtMs, isCurrent } = device;
  const name = device.device ?? say('sessions.unknown_device');
  const when = timeAgo(language, lastUsedAtMs ?? createdAtMs, nowMs);
  const until = say('security.until', { date: dateWords(language, expiresAtMs) });
  return html`
    <li class="row">
      <div>
        <strong>${name}</strong>
        ${isCurrent && html` <span class="mark good">${say('sessions.current')}</span>`}
        <p class="hint">${placeWords(say, ip)} · ${say('security.used', { when })} · ${until}</p>
      </div>
      <div class="action">${button(say, 'security.forget', { kind: 'plain', name: 'forget', value: id, about: name })}</div>
    </li>`;
}
