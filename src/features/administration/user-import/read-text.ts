import { createReadStream } from 'node:fs';
import { OperatorError } from '../../../lib/operator-error.ts';

/** @param bytes how many of the file have been read */
export type OnRead = (bytes: number) => void;

/**
 * The encodings that a file can be told by: its byte order mark, or else the zero byte that each ASCII
 * character has in UTF-16. Redirection in Windows PowerShell writes UTF-16.
 */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return 'utf-8';
}

/**
 * Reads a file of UTF-8 or UTF-16, a stretch at a time, without its byte order mark.
 *
 * @throws OperatorError if it is neither
 */
export async function* readText(path: string, onRead: OnRead): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
      bytes += chunk.length;
      yield decoder.decode(chunk, { stream: true });
      onRead(bytes);
    }
    yield decoder?.decode() ?? '';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new OperatorError(
      `${path} is neither UTF-8 nor UTF-16. If it is Latin-1, convert it: ` +
        'iconv -f latin1 -t utf-8 FILE > NEW',
    );
  }
}
