import CssBaseline from '@mui/material/CssBaseline';
import { QueryClient } from '@tanstack/react-query';
import { Activity, lazy, type ReactNode, Suspense } from 'react';
import {
  CoreAdminContext,
  CoreAdminUI,
  CustomRoutes,
  type I18nProvider,
  Notification,
} from 'react-admin';
import { ErrorBoundary } from 'react-error-boundary';
import { Navigate, Route } from 'react-router';
import { onForget, useAccount } from './auth/account.ts';
import { authProvider } from './auth/auth-provider.ts';
import { ConfirmDialog } from './auth/confirm-dialog.tsx';
import { useMe } from './auth/permissions.ts';
import { SignInPage } from './auth/sign-in-page.tsx';
import { StartingPage } from './auth/starting-page.tsx';
import { UnknownPage } from './auth/unknown-page.tsx';
import { dataProvider } from './data/data-provider.ts';
import { store } from './data/store.ts';
import { Crash } from './layout/crash.tsx';
import { Layout } from './layout/layout.tsx';
import { loadPart } from './layout/load-part.ts';
import { Loading } from './layout/loading.tsx';
import { NotFound } from './layout/not-found.tsx';
import { Styles } from './theme/styles.tsx';
import { Themed } from './theme/themed.tsx';

const Overview = lazy(() => loadPart(() => import('./pages/overview/overview.tsx')));
const UserList = lazy(() => loadPart(() => import('./pages/users/user-list.tsx')));
const UserCreate = lazy(() => loadPart(() => import('./pages/users/user-create.tsx')));
const UserShow = lazy(() => loadPart(() => import('./pages/users/user-show.tsx')));
const UserEdit = lazy(() => loadPart(() => import('./pages/users/user-edit.tsx')));
const SessionList = lazy(() => loadPart(() => import('./pages/sessions/session-list.tsx')));
const RoleList = lazy(() => loadPart(() => import('./pages/roles/role-list.tsx')));
const RoleCreate = lazy(() => loadPart(() => import('./pages/roles/role-create.tsx')));
const RoleEdit = lazy(() => loadPart(() => import('./pages/roles/role-edit.tsx')));
const SettingList = lazy(() => loadPart(() => import('./pages/settings/setting-list.tsx')));
const SettingHistory = lazy(() => loadPart(() => import('./pages/settings/setting-history.tsx')));
const SettingPage = lazy(() => loadPart(() => import('./pages/settings/setting-page.tsx')));
const AuditPage = lazy(() => loadPart(() => import('./pages/audit/audit-page.tsx')));
const KeyList = lazy(() => loadPart(() => import('./pages/keys/key-list.tsx')));
const NodeList = lazy(() => loadPart(() => import('./pages/nodes/node-list.tsx')));
const MailList = lazy(() => loadPart(() => import('./pages/mail/mail-list.tsx')));
const MailTextList = lazy(() => loadPart(() => import('./pages/mail/mail-text-list.tsx')));
const MailTextPage = lazy(() => loadPart(() => import('./pages/mail/mail-text-page.tsx')));
const MailShow = lazy(() => loadPart(() => import('./pages/mail/mail-show.tsx')));

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: false, // the client has tried as often as makes sense
      networkMode: 'always', // what a browser takes for being offline may only be a short gap
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always' },
  },
});

export function App({ i18n }: { i18n: I18nProvider }) {
  return (
    <Styles>
      <CoreAdminContext
        authProvider={authProvider}
        dataProvider={dataProvider}
        i18nProvider={i18n}
        queryClient={queryClient}
        store={store}
      >
        <Themed>
          <CssBaseline enableColorScheme />
          <Pages />
          <ConfirmDialog />
          <Notification anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }} />
        </Themed>
      </CoreAdminContext>
    </Styles>
  );
}

onForget(() => {
  queryClient.clear();
  store.reset();
});

function Pages() {
  return (
    <Loaded>
      <AccountPages />
    </Loaded>
  );
}

function Loaded({ children }: { children: ReactNode }) {
  return (
    <ErrorBoundary FallbackComponent={Crash}>
      <Suspense fallback={<Loading />}>{children}</Suspense>
    </ErrorBoundary>
  );
}

/**
 * The pages of who is signed in. Where the session ends, they wait out of sight behind the sign-in, with
 * all that was typed, until the same user is back.
 */
function AccountPages() {
  const me = useMe();
  const account = useAccount();
  const isOpen = account.state === 'signed-in';
  return (
    <>
      {me && (
        <Activity key={me.id} mode={isOpen ? 'visible' : 'hidden'}>
          <SignedInPages />
        </Activity>
      )}
      {account.state === 'starting' && <StartingPage />}
      {account.state === 'unknown' && <UnknownPage error={account.error} />}
      {account.state === 'signed-out' && <SignInPage cause={account.cause} />}
    </>
  );
}

function SignedInPages() {
  return (
    <CoreAdminUI
      catchAll={NotFound}
      dashboard={Overview}
      disableTelemetry
      error={Crash}
      layout={Layout}
      loading={Loading}
      title="Latchkey"
    >
      <CustomRoutes>
        <Route path="/login" element={<Navigate to="/" replace />} />
        <Route path="/users" element={<UserList />} />
        <Route path="/users/create" element={<UserCreate />} />
        <Route path="/users/:id" element={<UserShow />} />
        <Route path="/users/:id/edit" element={<UserEdit />} />
        <Route path="/sessions" element={<SessionList />} />
        <Route path="/roles" element={<RoleList />} />
        <Route path="/roles/create" element={<RoleCreate />} />
        <Route path="/roles/:id" element={<RoleEdit />} />
        <Route path="/settings" element={<SettingList />} />
        <Route path="/settings/history" element={<SettingHistory />} />
        <Route path="/settings/:name" element={<SettingPage />} />
        <Route path="/audit" element={<AuditPage />} />
        <Route path="/mail" element={<MailList />} />
        <Route path="/mail/texts" element={<Navigate to="/mail/texts/en" replace />} />
        <Route path="/mail/texts/:locale" element={<MailTextList />} />
        <Route path="/mail/texts/:locale/:name" element={<MailTextPage />} />
        <Route path="/mail/:id" element={<MailShow />} />
        <Route path="/keys" element={<KeyList />} />
        <Route path="/nodes" element={<NodeList />} />
      </CustomRoutes>
    </CoreAdminUI>
  );
}
