import fc from 'fast-check';

/**
 * Any code point, half of a pair too, as the unit of a text. The unit `binary` of fast-check is the same, and takes a
 * second and 90 MB in each process to make a table of them all.
 */
export const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));
