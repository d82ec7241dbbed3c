import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { resume } from './auth/account.ts';
import { store } from './data/store.ts';
import { createI18n } from './i18n/i18n.ts';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no root.');
const [i18n] = await Promise.all([
  createI18n(store.getItem('locale')),
  resume().catch(() => undefined), // the sign-in page will meet the same fault, and say it
]);
createRoot(root).render(
  <StrictMode>
    <App i18n={i18n} />
  </StrictMode>,
);
