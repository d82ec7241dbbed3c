import type { Fact } from './messages/blocks.ts';
import type { MailTexts, TextName } from './messages/mail-texts.ts';
import {
  type MessageKind,
  messageKinds,
  messageOf,
  sampleParameters,
} from './messages/messages.ts';
import type { RenderedMail } from './messages/render.ts';

/** How long what an example carries seems to be good. */
const sampleLifetimeMs = 10 * 60_000;

/** A mail as its readers would have it, made with parameters that are good for nothing. */
export async function previewMail(
  kind: MessageKind,
  options: { readonly locale: string; readonly texts: MailTexts; readonly site: string },
): Promise<RenderedMail> {
  const { renderMail } = await import('./messages/render.ts');
  return renderMail(sampleOf(kind), { ...options, lifetimeMs: sampleLifetimeMs });
}

function sampleOf(kind: MessageKind) {
  const message = messageOf(kind, sampleParameters[kind]);
  if (!message) throw new Error(`There is no mail of the kind ${kind}.`);
  return message;
}

/** The kinds of mail that a text stands in. */
export function kindsWithText(name: TextName): MessageKind[] {
  return messageKinds.filter((kind) => {
    const { subject, blocks } = sampleOf(kind);
    return (
      subject === name ||
      blocks.some((block) =>
        block.type === 'facts'
          ? block.facts.some((fact) => fact.name === name || isValueOf(fact, name))
          : 'text' in block && block.text === name,
      )
    );
  });
}

/** Whether a text is what a fact may say: the example says one of them, such as `factor.totp`. */
function isValueOf({ value }: Fact, name: TextName): boolean {
  const groupOf = (text: TextName) => text.slice(0, text.indexOf('.'));
  return typeof value !== 'string' && 'text' in value && groupOf(value.text) === groupOf(name);
}
