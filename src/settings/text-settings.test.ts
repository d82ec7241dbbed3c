import { describe, expect, test } from 'vitest';
import { colorNames, contrast, siteColors, unreadablePair } from './site-colors.ts';
import { readText, type TextFormat } from './text-settings.ts';

/** Settings that are a text: what each format takes, and in which spelling it is stored. */

const read = (format: TextFormat, text: string) => readText({ format, max_length: 200 }, text);

const svg = `data:image/svg+xml;base64,${btoa('<svg xmlns="http://www.w3.org/2000/svg"/>')}`;
const png = `data:image/png;base64,${btoa('\x89PNG\r\n\x1a\nrest')}`;

test.each<[TextFormat, string, string]>([
  ['origins', '', ''],
  [
    'origins',
    ' https://App.example/  https://b.example:8443 ',
    'https://app.example https://b.example:8443',
  ],
  ['origins', 'https://a.example,https://a.example', 'https://a.example'],
  [
    'origins',
    'http://localhost:3000 http://127.0.0.1:5173',
    'http://localhost:3000 http://127.0.0.1:5173',
  ],
  ['origins', 'https://müller.example', 'https://xn--mller-kva.example'],
  ['line', 'Ada’s Café & Söhne', 'Ada’s Café & Söhne'],
  ['image', svg, svg],
  ['image', png, png],
  ['light_colors', '', ''],
  ['light_colors', '--link: #0000AA'.replace(': ', ':'), 'link=#0000aa'],
  ['light_colors', 'link=#0000aa; accent=#aa0000', 'accent=#aa0000 link=#0000aa'],
  ['dark_colors', 'background=#000000', 'background=#000000'],
])('%s takes %j', (format, text, stored) => {
  expect(read(format, text)).toBe(stored);
  expect(read(format, stored)).toBe(stored);
});

test.each<[TextFormat, string, RegExp]>([
  ['origins', 'app.example', /origins such as https:\/\/app\.example, not "app\.example"/],
  ['origins', 'https://app.example/path', /origins such as/],
  ['origins', 'https://app.example?x', /origins such as/],
  ['origins', 'https://user@app.example', /origins such as/],
  ['origins', 'ftp://app.example', /origins such as/],
  ['origins', 'https://*.example', /origins/],
  ['origins', 'http://app.example', /origins of https, or of this machine/],
  ['line', 'two\nlines', /no control characters/],
  ['line', 'right\u202eleft', /no control characters/],
  ['line', 'x'.repeat(201), /at most 200 characters/],
  ['image', 'https://app.example/logo.png', /a picture as a data URL/],
  ['image', 'data:text/html;base64,PGI+', /a picture as a data URL/],
  ['image', 'data:image/gif;base64,R0lGODlh', /a picture as a data URL/],
  ['image', 'data:image/png;base64,PGI+PGI+', /its bytes are something else/],
  ['image', 'data:image/svg+xml;base64,PGh0bWw+', /its bytes are something else/],
  ['image', svg.slice(0, -1), /its bytes are something else/],
  ['light_colors', 'accent=red', /not "accent=red"/],
  ['light_colors', 'shadow=#000000', /not "shadow=#000000"/],
  [
    'light_colors',
    'text=#999999',
    /a contrast of 4\.5 between text and background, which have 2\.59/,
  ],
  [
    'dark_colors',
    'text=#999999 background=#ffffff',
    /a contrast of 4\.5 between text and background/,
  ],
  ['light_colors', 'accent=#ffee00', /between accent-text and accent/],
  ['light_colors', 'border=#eeeeee', /a contrast of 3 between border/],
])('%s does not take %j', (format, text, message) => {
  expect(() => read(format, text)).toThrow(message);
});

describe('contrast', () => {
  // Of the examples of WCAG 2.2, and of what other programs say.
  test.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#ffffff', 1],
    ['#777777', '#ffffff', 4.48],
    ['#0000ff', '#ffffff', 8.59],
  ])('of %s and %s is %d', (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 1);
    expect(contrast(other, one)).toBe(contrast(one, other));
  });

  test.each(['light', 'dark'] as const)('is enough by default in the %s theme', (theme) => {
    expect(Object.keys(siteColors[theme])).toEqual(colorNames);
    expect(unreadablePair(siteColors[theme])).toBeUndefined();
  });
});
