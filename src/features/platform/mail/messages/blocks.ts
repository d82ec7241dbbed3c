import type { TextName } from './texts-en.ts';

/** A part of a message. Text and HTML are both made from it, so that neither says more than the other. */
export type Block =
  | { readonly type: 'heading' | 'text' | 'warning'; readonly text: TextName }
  /** What is typed in, alone on its line. */
  | { readonly type: 'code'; readonly code: string }
  | { readonly type: 'button'; readonly text: TextName; readonly link: string }
  | { readonly type: 'facts'; readonly facts: readonly Fact[] };

/** Something that is known, under its name. */
export interface Fact {
  readonly name: TextName;
  readonly value: string | TimeValue | TextValue;
}

/** A moment, told in the language of the message. */
export interface TimeValue {
  readonly atMs: number;
}

/** Something that has a name in the language of the message. */
export interface TextValue {
  readonly text: TextName;
}
