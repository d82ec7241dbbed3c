import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { resume } from './auth/account.ts';
import { store } from './data/store.ts';
import { createI18n } from './i18n/i18n.ts';

/** @throws Problem if the texts cannot be fetched */
export async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (!root) throw new Error('The page has no root.');
  void resume();
  const i18n = await createI18n(store.getItem('locale'));
  root.removeAttribute('class'); // of the sign that it is loading
  createRoot(root).render(
    <StrictMode>
      <App i18n={i18n} />
    </StrictMode>,
  );
}
