import './data/blocked-storage.ts';
import { loadPart, reloadIfThere } from './layout/load-part.ts';

/** Before the first part of the site is here there is nothing to say it with, so it is said here. */
const texts = {
  en: { title: 'The server does not answer.', retry: 'Try again' },
  de: { title: 'Der Server antwortet nicht.', retry: 'Noch einmal' },
};

async function start(): Promise<void> {
  try {
    const site = await loadPart(() => import('./start.tsx'));
    await site.start();
  } catch {
    showFailure(navigator.language.startsWith('de') ? texts.de : texts.en);
  }
}

function showFailure({ title, retry }: (typeof texts)['en']): void {
  const notice = Object.assign(document.createElement('p'), { textContent: title });
  notice.setAttribute('role', 'alert');
  const button = Object.assign(document.createElement('button'), { textContent: retry });
  button.addEventListener('click', () => void reloadIfThere().catch(() => undefined));
  document.getElementById('root')?.replaceChildren(notice, button);
}

await start();
