import LockOutlined from '@mui/icons-material/LockOutlined';
import Chip from '@mui/material/Chip';
import type { Setting } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';

/** Where the value of a setting comes from. */
export function SourceChip({ setting: { source } }: { setting: Setting }) {
  const say = useSay();
  switch (source) {
    case 'environment':
      return (
        <Chip
          icon={<LockOutlined />}
          label={say('settings.source_environment')}
          color="warning"
          variant="outlined"
        />
      );
    case 'database':
      return <Chip label={say('settings.source_database')} color="primary" variant="outlined" />;
    case 'default':
      return <Chip label={say('settings.source_default')} variant="outlined" />;
  }
}
