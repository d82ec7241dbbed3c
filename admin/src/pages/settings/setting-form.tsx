import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useRefresh } from 'react-admin';
import { Problem } from '../../api/problem.ts';
import { request } from '../../api/request.ts';
import type { Setting, SettingValue } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { useForm } from '../../parts/form.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useAction, useTell } from '../../parts/use-tell.tsx';
import { useValueWords } from './setting-words.ts';
import { ValueInput } from './value-input.tsx';

const pathOf = (name: string) => `/api/admin/settings/${name}/`;

/** Changes a setting, or puts it back to its default. */
export function SettingForm({ setting }: { setting: Setting }) {
  const say = useSay();
  const tell = useTell();
  const act = useAction();
  const refresh = useRefresh();
  const inWords = useValueWords();
  const { name } = setting;
  const [value, setValue] = useState<SettingValue | undefined>(setting.value);
  const [reason, setReason] = useState('');
  /** As it was when the form was filled in. */
  const [known, setKnown] = useState(setting);
  const isNewer = known.version !== setting.version;

  /** @throws Problem, unless somebody was faster, which is shown */
  async function send(method: 'PUT' | 'DELETE', json: object): Promise<Setting | undefined> {
    const body = { ...json, ...(reason && { reason }), expected_version: setting.version };
    try {
      return await request<Setting>(method, pathOf(name), { json: body });
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'version_conflict')) throw error;
      refresh(); // which shows what it is by now
      return undefined;
    }
  }

  function finish(changed: Setting, text: string) {
    setKnown(changed);
    setReason('');
    setValue(changed.value);
    refresh();
    const onUndo = () =>
      void act(
        () =>
          request('POST', `/api/admin/setting-changes/${changed.version}/rollback/`, { json: {} }),
        { done: say('site.undone') },
      );
    tell({ text, onUndo });
  }

  const change = useForm(async () => {
    const changed = await send('PUT', { value });
    if (!changed) return;
    finish(changed, say('settings.changed', { name, value: inWords(changed, changed.value) }));
  });
  const reset = useForm(async () => {
    const changed = await send('DELETE', {});
    if (!changed) return;
    finish(changed, say('settings.reset_done', { name, value: inWords(setting, setting.default) }));
  });
  const error = change.error ?? reset.error;

  return (
    <Box
      component="form"
      onSubmit={change.handleSubmit}
      noValidate
      sx={{ display: 'grid', gap: 2, borderTop: 1, borderColor: 'divider', pt: 2.5 }}
    >
      {isNewer && (
        <Alert severity="warning">
          <AlertTitle>{say('settings.conflict')}</AlertTitle>
          {say('settings.conflict_text', { value: inWords(setting, setting.value) })}
        </Alert>
      )}
      <ValueInput key={known.version} setting={known} onChange={setValue} />
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
