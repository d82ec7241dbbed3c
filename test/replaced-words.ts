/**
 * Words and turns of phrase that were replaced, so that they do not come back: one word for each concept
 * (docs/concepts.md), and sentences that are understood at the first reading. Documents and the texts of the
 * program are held against them.
 */

export interface Replaced {
  readonly words: RegExp;
  readonly use: string;
}

export const replacedWords: readonly Replaced[] = [
  { words: /\b(?:e-mail|mail) address(?:es)?\b|\be-mails?\b/i, use: 'email' },
  {
    words: /\b(?:IP|IPv[46]) address(?:es)?\b|\baddress(?:es)?\b/i,
    use: 'email, ip, network or URL',
  },
  { words: /\bone-time tokens?\b/i, use: 'link token' },
  {
    words: /\b(?:gives?|giving|given|gave|takes?|took) (?:\w+ ){0,2}(?:roles?|permissions?)\b/i,
    use: 'grant, assign, need',
  },
  { words: /\b(?:permits|forbids)\b/i, use: 'grant, revoke' },
  { words: /\bdangerous\b/i, use: 'needs recent authentication' },
  { words: /\bwho(?:m|so)?ever\b/i, use: 'anyone who, users who' },
  { words: /(?:^|[.;:] )Who (?!\w+(?: \w+)*\?)/, use: 'Anyone who' },
  { words: /\bas (?:it|they) comes?\b/i, use: 'by default' },
  { words: /\b(?:un)?mends?\b|\bmended\b/i, use: 'fix' },
  { words: /\bthe own\b|\bof one's own\b|\bunder the own\b/i, use: 'their, your' },
  { words: /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b)\w+/i, use: 'is not a …' },
  { words: /\b(?:has|have|had) not got\b|\b(?:has|have) not the\b/i, use: 'does not have' },
  {
    words:
      /\b(?:was|were|is) (?:faster|quicker) than (?:you|us|me)\b|\bsomebody (?:else )?was faster\b/i,
    use: 'has used it since',
  },
  { words: /\bwhose (?:it|they) (?:is|are)\b(?! *\?)/i, use: 'its owner' },
  { words: /\bmay not enter\b|\bwho may,? who may not\b/i, use: 'is not allowed to' },
  { words: /\b(?:the )?system before(?: us)?\b/i, use: 'the previous system' },
  { words: /\bby (?:itself|themselves)\b/i, use: 'automatically, alone' },
  { words: /\bunless set\b/i, use: 'by default' },
  { words: /\banew\b/i, use: 'again' },
  { words: /\bfaults?\b/i, use: 'error, problem' },
];

/** The replaced words in a text, with what to write instead. */
export function replacedIn(text: string, list: readonly Replaced[]): string[] {
  return list.flatMap(({ words, use }) => {
    const word = words.exec(text)?.[0];
    return word ? [`"${word}" (${use}): ${text}`] : [];
  });
}

const turnsOfPhrase = [
  'who(?:m|so)?ever',
  'whose (?:it|they)',
  'as (?:it|they) comes?',
  'the own',
  'anew',
];

/** The turns of phrase that are also kept out of comments and the names of tests. */
export const replacedInComments: readonly Replaced[] = [
  ...replacedWords.filter(({ words }) =>
    turnsOfPhrase.some((phrase) => words.source.includes(phrase)),
  ),
  // The addresses of networks, and the messages of the contract, keep theirs.
  {
    words: /(?<!\b(?:email|ip|ipv[46]|loopback|param) )\baddress(?:es)?\b(?! (?:bar|literal))/i,
    use: 'email, ip, network or URL',
  },
  { words: /\bfaults?\b|\bfaulty\b/i, use: 'error, problem' },
  { words: /\bsystem before\b/i, use: 'the previous system' },
  { words: /\bwhat it takes\b/i, use: 'what is needed' },
  { words: /\bundefined where\b|@(?:throws|returns)[^.@]* where there\b/i, use: 'undefined if' },
  { words: /\b(?:it is that|so that nobody may)\b/i, use: 'usual word order' },
  {
    words: /(?<!\b(?:[Tt]here|if|If) )\b(?:is|are|was|were) no (?!longer\b|more\b)\w+/,
    use: 'is not a …',
  },
];
