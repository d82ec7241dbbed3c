import AdminPanelSettings from '@mui/icons-material/AdminPanelSettingsOutlined';
import Devices from '@mui/icons-material/DevicesOutlined';
import Dns from '@mui/icons-material/DnsOutlined';
import Group from '@mui/icons-material/GroupOutlined';
import Insights from '@mui/icons-material/InsightsOutlined';
import Key from '@mui/icons-material/KeyOutlined';
import Mail from '@mui/icons-material/MailOutlined';
import ReceiptLong from '@mui/icons-material/ReceiptLongOutlined';
import Tune from '@mui/icons-material/TuneOutlined';
import type { ReactNode } from 'react';
import type { TextKey } from '../i18n/en.ts';

export interface Section {
  readonly to: string;
  readonly text: TextKey;
  readonly icon: ReactNode;
  /** Users without it do not see the section. */
  readonly permission?: string;
}

/** The sections of the site, in the order of its menu. */
export const sections: readonly Section[] = [
  { to: '/', text: 'nav.overview', icon: <Insights /> },
  { to: '/users', text: 'nav.users', icon: <Group />, permission: 'users.view' },
  { to: '/sessions', text: 'nav.sessions', icon: <Devices />, permission: 'sessions.view' },
  { to: '/roles', text: 'nav.roles', icon: <AdminPanelSettings />, permission: 'roles.view' },
  { to: '/mail', text: 'nav.mail', icon: <Mail />, permission: 'mail.view' },
  { to: '/settings', text: 'nav.settings', icon: <Tune />, permission: 'settings.view' },
  { to: '/audit', text: 'nav.audit', icon: <ReceiptLong />, permission: 'audit.view' },
  { to: '/keys', text: 'nav.keys', icon: <Key />, permission: 'keys.view' },
  { to: '/nodes', text: 'nav.nodes', icon: <Dns />, permission: 'nodes.view' },
];
