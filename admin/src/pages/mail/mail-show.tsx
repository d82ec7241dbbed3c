import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useGetOne } from 'react-admin';
import { useParams } from 'react-router';
import { request } from '../../api/request.ts';
import type { OutboxMailDetail } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useAction } from '../../parts/use-tell.tsx';
import { MailBody } from './mail-body.tsx';
import { MailState } from './mail-state.tsx';
import { useMailStatus } from './mail-status.ts';
import { Recipient } from './mail-table.tsx';
import { useKindWords } from './mail-words.ts';

const refreshEveryMs = 10_000;

export default function MailShow() {
  const { id = '' } = useParams();
  return (
    <RequirePermission by="mail.view">
      <LoadedMail id={id} />
    </RequirePermission>
  );
}

function LoadedMail({ id }: { id: string }) {
  const say = useSay();
  const kindWords = useKindWords();
  const back = { to: '/mail', text: say('mail.title') };
  const {
    data: mail,
    error,
    refetch,
  } = useGetOne<OutboxMailDetail>(
    'mail',
    { id: Number(id) },
    { onError: () => undefined, refetchInterval: refreshEveryMs },
  );
  const problem = error && <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!mail) {
    if (!error) return <Loading />;
    return (
      <Page title={say('mail.one')} back={back}>
        {problem}
      </Page>
    );
  }
  return (
    <Page
      title={kindWords(mail.kind)}
      back={back}
      lead={<MailState mail={mail} />}
      actions={<SendNow mail={mail} />}
    >
      {problem}
      <Facts
        facts={[
          [say('mail.to'), <Recipient key="to" mail={mail} />],
          [say('mail.attempts'), mail.attempts],
          [say('mail.last_reply'), mail.last_reply ?? say('site.none')],
          ...(mail.due_at === null
            ? []
            : [[say('mail.due'), <Moment key="due" at={mail.due_at} isExact />] as const]),
          [say('mail.created'), <Moment key="created" at={mail.created_at} isExact />],
          ...(mail.finished_at === null
            ? [
                [
                  say('mail.expires'),
                  <Moment key="expires" at={mail.expires_at} isExact />,
                ] as const,
              ]
            : [
                [say('mail.finished'), <Moment key="end" at={mail.finished_at} isExact />] as const,
              ]),
          ...(mail.bounced_at === null
            ? []
            : [
                [
                  say('mail.bounced'),
                  <Moment key="bounced" at={mail.bounced_at} isExact />,
                ] as const,
              ]),
          [say('mail.locale'), mail.locale],
          [say('mail.message_id'), <code key="message-id">{mail.message_id}</code>],
        ]}
      />
      <Content mail={mail} />
    </Page>
  );
}

/** Sends a waiting mail now. Shown to administrators who may send mail. */
function SendNow({ mail }: { mail: OutboxMailDetail }) {
  const say = useSay();
  const may = useMay();
  const act = useAction();
  const status = useMailStatus();
  if (mail.state !== 'pending' || status?.delivery !== 'smtp' || !may('mail.send')) return null;
  return (
    <Button
      variant="contained"
      onClick={() =>
        void act(() => request('POST', `/api/admin/mail/${mail.id}/resend/`), {
          done: say('mail.resent'),
        })
      }
    >
      {say('mail.resend')}
    </Button>
  );
}

function Content({ mail: { state, content, locale } }: { mail: OutboxMailDetail }) {
  const say = useSay();
  const why = state === 'pending' ? 'mail.content_hidden' : 'mail.content_wiped';
  return (
    <Box component="section" sx={{ mt: 3 }}>
      <Typography variant="h2" sx={{ mb: 1 }}>
        {say('mail.content')}
      </Typography>
      {content ? (
        <Paper variant="outlined" sx={{ p: { xs: 2, sm: 3 } }}>
          <MailBody mail={content} lang={locale} />
        </Paper>
      ) : (
        <Typography variant="body2" color="textSecondary" sx={{ maxWidth: '72ch' }}>
          {say(why)}
        </Typography>
      )}
    </Box>
  );
}
