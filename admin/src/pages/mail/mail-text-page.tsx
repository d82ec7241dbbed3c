import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useParams } from 'react-router';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ChangeTable } from '../settings/change-table.tsx';
import { MailTextForm } from './mail-text-form.tsx';
import { SourceMark } from './mail-text-list.tsx';
import { useMailText } from './mail-text-queries.ts';
import { useLanguageName } from './mail-words.ts';

export default function MailTextPage() {
  const { locale = '', name = '' } = useParams();
  return (
    <RequirePermission by="settings.view">
      <LoadedText key={`${locale} ${name}`} locale={locale} name={name} />
    </RequirePermission>
  );
}

function LoadedText({ locale, name }: { locale: string; name: string }) {
  const say = useSay();
  const may = useMay();
  const languageName = useLanguageName();
  const back = { to: `/mail/texts/${locale}`, text: say('mail_texts.title') };
  const { data: text, error, refetch } = useMailText(locale, name);
  const problem = error && <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!text) {
    if (!error) return <Loading />;
    return (
      <Page title={name} back={back}>
        {problem}
      </Page>
    );
  }
  return (
    <Page
      title={name}
      back={back}
      lead={
        <>
          {languageName(locale)} <SourceMark text={text} />
        </>
      }
    >
      {problem}
      {may('settings.change') ? (
        <MailTextForm text={text} />
      ) : (
        <Paper variant="outlined" sx={{ p: 2 }} lang={text.text_locale}>
          {text.text}
        </Paper>
      )}
      <Typography variant="h2" sx={{ mb: 1, mt: 3 }}>
        {say('settings.history')}
      </Typography>
      <ChangeTable
        filter={{ name: `MAIL_TEXT:${locale}:${name}` }}
        empty={say('mail_texts.history_empty')}
        isOfOneSetting
      />
    </Page>
  );
}
