import { useSay } from '../../i18n/i18n.ts';

/** A device as the reader's language has it; the server says it in English (`Firefox on Linux`). */
export function useDeviceWords(): (device: string | null) => string {
  const say = useSay();
  return (device) => {
    if (device === null) return say('sessions.unknown_device');
    const [, browser, system] = /^(.+) on (.+)$/.exec(device) ?? [];
    return browser && system ? say('sessions.device_on', { browser, system }) : device;
  };
}
