import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useGetOne } from 'react-admin';
import { useParams } from 'react-router';
import type { Setting } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { InlineCode } from '../../parts/inline-code.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ChangeTable } from './change-table.tsx';
import { IgnoredRolesAlert } from './ignored-roles-alert.tsx';
import { SettingForm } from './setting-form.tsx';
import { useDescription, useValueWords } from './setting-words.ts';
import { SourceChip } from './source-chip.tsx';

export default function SettingPage() {
  const { name = '' } = useParams();
  return (
    <RequirePermission by="settings.view">
      <LoadedSetting name={name} />
    </RequirePermission>
  );
}

function LoadedSetting({ name }: { name: string }) {
  const say = useSay();
  const may = useMay();
  const inWords = useValueWords();
  const describe = useDescription();
  const back = { to: '/settings', text: say('settings.back') };
  const {
    data: setting,
    error,
    refetch,
  } = useGetOne<Setting & { id: string }>('settings', { id: name }, { onError: () => undefined });
  const problem = error && <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!setting) {
    if (!error) return <Loading />;
    return (
      <Page title={name} back={back}>
        {problem}
      </Page>
    );
  }
  const { text, isForeign } = describe(setting);
  return (
    <Page
      title={name}
      back={back}
      lead={
        <span lang={isForeign ? 'en' : undefined}>
          <InlineCode text={text} />
        </span>
      }
      isNarrow
    >
      {problem}
      <Paper variant="outlined" sx={{ p: { xs: 2, sm: 3 }, mb: 3 }}>
        <Box
          sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1.5, mb: 2 }}
        >
          <Typography sx={{ fontSize: '1.5rem', fontWeight: 650 }}>
            {inWords(setting, setting.value)}
          </Typography>
          <SourceChip setting={setting} />
          <Typography variant="caption" color="textSecondary" sx={{ flexBasis: '100%' }}>
            {say('settings.default', { value: inWords(setting, setting.default) })}
          </Typography>
        </Box>
        {setting.is_pinned && (
          <Alert severity="warning">
            <AlertTitle>{say('settings.pinned')}</AlertTitle>
            {say('settings.pinned_hint', { variable: `LATCHKEY_${name}` })}
          </Alert>
        )}
        {may('settings.change') && !setting.is_pinned ? (
          <SettingForm key={name} setting={setting} />
        ) : (
          <IgnoredRolesAlert setting={setting} value={setting.value} />
        )}
        {setting.group === 'account-site' && (
          <Typography sx={{ mt: 2 }}>
            <Link href="../account/sign-in/" target="_blank" rel="noopener">
              {say('settings.preview')}
            </Link>
          </Typography>
        )}
      </Paper>
      <Typography variant="h2" sx={{ mb: 1 }}>
        {say('settings.history')}
      </Typography>
      <ChangeTable filter={{ name }} empty={say('settings.history_empty')} isOfOneSetting />
    </Page>
  );
}
