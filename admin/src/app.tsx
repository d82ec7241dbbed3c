import CssBaseline from '@mui/material/CssBaseline';
import { QueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import {
  CoreAdminContext,
  CoreAdminUI,
  CustomRoutes,
  type I18nProvider,
  Notification,
} from 'react-admin';
import { Navigate, Route, Routes } from 'react-router';
import { Problem } from './api/problem.ts';
import { onSignedOut } from './auth/account.ts';
import { authProvider } from './auth/auth-provider.ts';
import { ConfirmDialog } from './auth/confirm-dialog.tsx';
import { useMe } from './auth/permissions.ts';
import { SignInPage } from './auth/sign-in-page.tsx';
import { dataProvider } from './data/data-provider.ts';
import { store } from './data/store.ts';
import { Crash } from './layout/crash.tsx';
import { Layout } from './layout/layout.tsx';
import { Loading } from './layout/loading.tsx';
import { NotFound } from './layout/not-found.tsx';
import { Styles } from './theme/styles.tsx';
import { Themed } from './theme/themed.tsx';

const InvitationPage = lazy(() => import('./auth/invitation-page.tsx'));
const SetupPage = lazy(() => import('./auth/setup-page.tsx'));
const Overview = lazy(() => import('./pages/overview/overview.tsx'));
const UserList = lazy(() => import('./pages/users/user-list.tsx'));
const UserCreate = lazy(() => import('./pages/users/user-create.tsx'));
const UserShow = lazy(() => import('./pages/users/user-show.tsx'));
const UserEdit = lazy(() => import('./pages/users/user-edit.tsx'));
const SessionList = lazy(() => import('./pages/sessions/session-list.tsx'));
const RoleList = lazy(() => import('./pages/roles/role-list.tsx'));
const RoleCreate = lazy(() => import('./pages/roles/role-create.tsx'));
const RoleEdit = lazy(() => import('./pages/roles/role-edit.tsx'));
const SettingList = lazy(() => import('./pages/settings/setting-list.tsx'));
const SettingHistory = lazy(() => import('./pages/settings/setting-history.tsx'));
const SettingPage = lazy(() => import('./pages/settings/setting-page.tsx'));
const AuditPage = lazy(() => import('./pages/audit/audit-page.tsx'));
const KeyList = lazy(() => import('./pages/keys/key-list.tsx'));
const NodeList = lazy(() => import('./pages/nodes/node-list.tsx'));

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server has refused it will refuse again.
      retry: (failures, error) => failures < 2 && !(error instanceof Problem && error.status > 0),
      refetchOnWindowFocus: true,
    },
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

onSignedOut(() => {
  queryClient.clear();
  store.reset();
});

function Pages() {
  const me = useMe();
  return me ? <SignedInPages /> : <FrontPages />;
}

/** For who is not signed in: any page but those of links asks them to. */
function FrontPages() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route path="/invitation" element={<InvitationPage />} />
        <Route path="/setup" element={<SetupPage />} />
        <Route path="*" element={<SignInPage />} />
      </Routes>
    </Suspense>
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
      <CustomRoutes noLayout>
        <Route path="/invitation" element={<InvitationPage />} />
        <Route path="/setup" element={<SetupPage />} />
      </CustomRoutes>
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
        <Route path="/keys" element={<KeyList />} />
        <Route path="/nodes" element={<NodeList />} />
      </CustomRoutes>
    </CoreAdminUI>
  );
}
