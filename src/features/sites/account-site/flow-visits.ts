import type { Body } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { type Asker, findFlow, flowSeconds, type OpenFlow } from '../../identity/flows/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { createTypedEmail, type TypedEmailName } from './typed-email.ts';
import { goTo, type Redirect, type Visit } from './visits.pages.ts';

/**
 * Flows in a browser. Two cookies, for the pages of one flow alone: the id of the flow that was begun here, and the token of
 * a mailed link that was opened here. Where both are of one flow it takes no more than a button; a link that was opened
 * in another browser takes the code of its mail as well. So who opens links and presses buttons, as mail scanners do,
 * ends no flow. See docs/decisions/mailed-links.md.
 */

/** What a flow can be for that has pages. */
type Purpose =
  | 'password_reset'
  | 'mail_sign_in'
  | 'email_verification'
  | 'registration'
  | 'email_change';

/** How far a browser is with a flow. */
export type FlowState =
  /** It has nothing of one. */
  | { readonly kind: 'none' }
  /** What it had is not valid any more. */
  | { readonly kind: 'expired' }
  /** Begun here: the code of the mail ends it. `isLinkExpired`: a link that was opened is not, or no longer, that of its newest mail. */
  | {
      readonly kind: 'begun';
      readonly open: OpenFlow;
      readonly flow: string;
      readonly isLinkExpired: boolean;
    }
  /** Begun here, and its link was opened here: that ends it. */
  | {
      readonly kind: 'linked';
      readonly open: OpenFlow;
      readonly flow: string;
      readonly token: string;
    }
  /** Its link was opened here, and it was begun elsewhere: link and code together end it. */
  | { readonly kind: 'elsewhere'; readonly open: OpenFlow; readonly token: string };

export interface FlowVisits {
  /**
   * Where the URL has the token of a mailed link: keeps it in a cookie, and leads to the page without it. Nothing
   * changes on the server.
   */
  takeLink(visit: Visit): Promise<Redirect | undefined>;
  state(visit: Visit): Promise<FlowState>;
  /** The email that the last flow was begun with here, even if it is over by now: of those that begin before the sign-in. */
  typedEmail(visit: Visit): string | undefined;
  /** A flow was begun, or goes on with another mail; of a link from before nothing is kept. */
  begin(visit: Visit, flow: string): void;
  /** The flow is done. */
  forget(visit: Visit): void;
  /** Leads to the page of the flow. */
  toPage(visit: Visit, options?: Parameters<typeof goTo>[1]): Redirect;
}

/** Where the email is remembered. What is begun after the sign-in is of the account, and the next person has another. */
const typedNames: Partial<Record<Purpose, TypedEmailName>> = {
  password_reset: 'latchkey_reset',
  mail_sign_in: 'latchkey_mail_sign_in',
  registration: 'latchkey_sign_up',
};

/** What stands in place of the token of a link that is not valid any more. */
const expiredLink = 'expired';

/**
 * @param page `path`: where the flow goes on, below the root of the server; `name`: of its cookies
 */
export function createFlowVisits(
  deps: AccountSiteDeps,
  purpose: Purpose,
  { path, name }: { readonly path: string; readonly name: string },
): FlowVisits {
  const { database, clock } = deps;
  const place = { path, maxAgeSeconds: flowSeconds };
  const begun = createSiteCookie({ ...place, name: `${name}_flow` }, deps);
  const opened = createSiteCookie({ ...place, name: `${name}_link` }, deps);
  const typedName = typedNames[purpose];
  const typed = typedName && createTypedEmail(deps, typedName);
  const find = (by: Parameters<typeof findFlow>[2]) =>
    findFlow(database.db, { purpose, nowMs: clock.nowMs() }, by);

  const toPage: FlowVisits['toPage'] = ({ returnTo }, options) =>
    goTo(withReturnTo(path, returnTo?.text), options);

  return {
    toPage,
    async takeLink(visit) {
      const { token } = visit.query;
      if (typeof token !== 'string') return undefined;
      const open = await find({ token });
      visit.setCookie(opened.write(visit.request, open ? token : expiredLink));
      return open ? goTo(withReturnTo(path, open.returnTo)) : toPage(visit);
    },
    typedEmail: (visit) => typed?.read(visit),
    async state(visit) {
      const { request } = visit;
      const flow = begun.readOne(request);
      const token = opened.readOne(request);
      const ofToken = token === undefined ? undefined : await find({ token });
      const ofFlow = flow === undefined ? undefined : await find({ flow });
      if (ofFlow) typed?.keep(visit, ofFlow.email);
      if (token !== undefined && ofToken) {
        const isOne = flow !== undefined && ofFlow?.key === ofToken.key;
        if (isOne) return { kind: 'linked', open: ofToken, flow, token };
        return { kind: 'elsewhere', open: ofToken, token };
      }
      if (flow !== undefined && ofFlow) {
        return { kind: 'begun', open: ofFlow, flow, isLinkExpired: token !== undefined };
      }
      return { kind: flow === undefined && token === undefined ? 'none' : 'expired' };
    },
    begin({ request, setCookie }, flow) {
      setCookie(begun.write(request, flow));
      setCookie(opened.write(request, undefined));
    },
    forget(visit) {
      const { request, setCookie } = visit;
      setCookie(begun.write(request, undefined));
      setCookie(opened.write(request, undefined));
      typed?.forget(visit);
    },
  };
}

/** A path of the site with where to go after it. */
export function withReturnTo(path: string, returnTo: string | undefined): string {
  return returnTo === undefined ? path : `${path}?return_to=${encodeURIComponent(returnTo)}`;
}

/**
 * The body that the API would be sent: what the browser has of the flow, and fields of the form.
 *
 * @throws AppError `flow_expired` if it has nothing of one
 */
export function proofBody(state: FlowState, body: Body, fields: readonly string[]): Body {
  const sent = Object(body.value) as Readonly<Record<string, unknown>>;
  const taken = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, sent[name] ?? '']));
  switch (state.kind) {
    case 'linked':
      return { value: { token: state.token, ...taken(fields) } };
    case 'elsewhere':
      return { value: { token: state.token, ...taken(['code', ...fields]) } };
    case 'begun':
      return { value: { flow: state.flow, ...taken(['code', ...fields]) } };
    default:
      throw new AppError('flow_expired');
  }
}

/** The person who asks for a mail on a page. */
export function askerOf(visit: Visit, deps: AccountSiteDeps): Asker {
  return {
    ...visitorOf(visit.request),
    languages: [visit.language],
    publicUrl: publicUrlOf(visit.request.server, deps),
    returnTo: visit.returnTo?.text,
  };
}
