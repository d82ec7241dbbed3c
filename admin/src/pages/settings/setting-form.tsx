import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useRefresh } from 'react-admin';
import { Problem } from '../../api/problem.ts';
import type { Setting, SettingValue } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { useForm } from '../../parts/form.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useUnsaved } from '../../parts/unsaved.ts';
import { useAction, useTell } from '../../parts/use-tell.tsx';
import { IgnoredRolesAlert } from './ignored-roles-alert.tsx';
import { changeSetting, isOwnVersion, rollBack } from './own-changes.ts';
import { useValueWords } from './setting-words.ts';
import { ValueInput } from './value-input.tsx';

interface Draft {
  /** The setting as it was when the editing began. */
  readonly known: Setting;
  /** Undefined while the typed text is not a value of the setting. */
  readonly value: SettingValue | undefined;
}

/** Changes a setting, or puts it back to its default. Until something is typed it follows the server. */
export function SettingForm({ setting }: { setting: Setting }) {
  const say = useSay();
  const tell = useTell();
  const act = useAction();
  const refresh = useRefresh();
  const inWords = useValueWords();
  const { name, version } = setting;
  const [draft, setDraft] = useState<Draft>();
  const [reason, setReason] = useState('');
  const known = draft?.known ?? setting;
  const value = draft ? draft.value : setting.value;
  const isOvertaken = known.version !== version && !isOwnVersion(version);
  useUnsaved(draft !== undefined || reason !== '');

  function edit(typed: SettingValue | undefined) {
    setDraft(typed === known.value ? undefined : { known, value: typed });
  }

  /** @throws Problem, unless another change came first and the form shows it beside what was typed */
  async function send(method: 'PUT' | 'DELETE', text: (changed: Setting) => string) {
    try {
      const json = { ...(method === 'PUT' && { value }), ...(reason && { reason }) };
      const changed = await changeSetting(method, name, { ...json, expected_version: version });
      setDraft(undefined);
      setReason('');
      refresh();
      const onUndo = () =>
        void act(() => rollBack(changed.version, changed.version), { done: say('site.undone') });
      tell({ text: text(changed), onUndo });
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'version_conflict')) throw error;
      refresh(); // which shows what it is by now
      if (!draft) throw error;
    }
  }

  const change = useForm(() =>
    send('PUT', (now) => say('settings.changed', { name, value: inWords(now, now.value) })),
  );
  const reset = useForm(() =>
    send('DELETE', (now) => say('settings.reset_done', { name, value: inWords(now, now.value) })),
  );
  const error = change.error ?? reset.error;

  return (
    <Box
      component="form"
      onSubmit={change.handleSubmit}
      noValidate
      sx={{ display: 'grid', gap: 2, borderTop: 1, borderColor: 'divider', pt: 2.5 }}
    >
      {isOvertaken && (
        <Alert severity="warning">
          <AlertTitle>{say('settings.conflict')}</AlertTitle>
          {say('settings.conflict_text', { value: inWords(setting, setting.value) })}
        </Alert>
      )}
      <ValueInput key={known.version} setting={known} onChange={edit} />
      <IgnoredRolesAlert setting={setting} value={value} />
      <TextField
        label={say('settings.reason')}
        helperText={say('settings.reason_hint')}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 200 } }}
      />
      {error !== undefined && <ProblemAlert error={error} />}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
        <Button
          type="submit"
          variant="contained"
          loading={change.isBusy}
          disabled={value === undefined || value === setting.value}
        >
          {say('settings.save')}
        </Button>
        {setting.source === 'database' && (
          <Button
            color="inherit"
            variant="outlined"
            loading={reset.isBusy}
            onClick={(event) => void reset.handleSubmit(event)}
          >
            {say('settings.reset')}
          </Button>
        )}
      </Box>
    </Box>
  );
}
