import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useGetList } from 'react-admin';
import { Link as RouterLink } from 'react-router';
import type { Setting } from '../../api/types.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay, useSayIfKnown } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { Check } from '../../parts/check.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { InlineCode } from '../../parts/inline-code.tsx';
import { ListGroup, ListRow } from '../../parts/list-group.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useDescription, useValueWords } from './setting-words.ts';
import { SourceChip } from './source-chip.tsx';

export default function SettingList() {
  const say = useSay();
  return (
    <RequirePermission by="settings.view">
      <Page
        title={say('settings.title')}
        lead={say('settings.lead')}
        actions={
          <Link component={RouterLink} to="/settings/history" variant="body2">
            {say('settings.history_all')}
          </Link>
        }
      >
        <Settings />
      </Page>
    </RequirePermission>
  );
}

function Settings() {
  const say = useSay();
  const sayIfKnown = useSayIfKnown();
  const describe = useDescription();
  const [search, setSearch] = useState('');
  const [isChangedOnly, setIsChangedOnly] = useState(false);
  const { data, error, refetch } = useGetList<Setting & { id: string }>('settings');
  const problem = error && <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return problem ?? <Loading />;
  const words = search.toLowerCase().split(/\s+/);
  const found = data.filter((setting) => {
    if (isChangedOnly && setting.source === 'default') return false;
    const text = `${setting.name} ${setting.name.replaceAll('_', ' ')} ${describe(setting).text}`;
    return words.every((word) => text.toLowerCase().includes(word));
  });
  const byGroup = Map.groupBy(found, ({ group }) => group);
  return (
    <>
      {problem}
      <Box component="search" sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, mb: 2 }}>
        <TextField
          label={say('settings.search')}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          sx={{ width: { xs: '100%', sm: 320 } }}
        />
        <Check
          label={say('settings.only_changed')}
          checked={isChangedOnly}
          onChange={setIsChangedOnly}
        />
      </Box>
      {found.length === 0 && <EmptyState title={say('settings.nothing_found')} />}
      {[...byGroup].map(([group, settings]) => (
        <ListGroup
          key={group}
          title={sayIfKnown(`settings.group_${group.replaceAll('-', '_')}`) ?? group}
        >
          {settings.map((setting) => (
            <Row key={setting.name} setting={setting} />
          ))}
        </ListGroup>
      ))}
    </>
  );
}

function Row({ setting }: { setting: Setting }) {
  const inWords = useValueWords();
  const { text, isForeign } = useDescription()(setting);
  return (
    <ListRow columns="minmax(0, 1fr) 220px 110px">
      <Box sx={{ gridColumn: { xs: '1 / -1', md: 'auto' }, minWidth: 0 }}>
        <Link
          component={RouterLink}
          to={`/settings/${setting.name}`}
          sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}
        >
          <code>{setting.name}</code>
        </Link>
        <Typography
          variant="caption"
          color="textSecondary"
          component="div"
          lang={isForeign ? 'en' : undefined}
        >
          <InlineCode text={text} />
        </Typography>
      </Box>
      <Box sx={{ fontSize: '0.9375rem', fontWeight: 600 }}>{inWords(setting, setting.value)}</Box>
      <Box sx={{ textAlign: 'right' }}>
        <SourceChip setting={setting} />
      </Box>
    </ListRow>
  );
}
