import { encode } from 'uqr';

/** How many modules of white stand around the code, so that cameras find it (ISO/IEC 18004). */
const quietZone = 4;

/**
 * A text as a QR code, as an SVG without scripts, styles or outside references. It is black on white whatever the page looks
 * like: cameras read it so.
 */
export function qrSvg(text: string): string {
  const { data, size } = encode(text, { ecc: 'M', border: quietZone });
  const path = data.map((row, y) => runsOf(row, y)).join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`
  );
}

/** The black modules of a row: one rectangle for all that stand side by side. */
function runsOf(row: readonly boolean[], y: number): string {
  const line = row.map((isBlack) => (isBlack ? '1' : '0')).join('');
  return [...line.matchAll(/1+/g)]
    .map(({ 0: run, index }) => `M${index} ${y}h${run.length}v1h-${run.length}z`)
    .join('');
}
