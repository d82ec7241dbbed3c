import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { Link as RouterLink, useNavigate, useParams } from 'react-router';
import type { MailText } from '../../api/types.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { ListGroup, ListRow } from '../../parts/list-group.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useMailTexts } from './mail-text-queries.ts';
import { useKindWords, useLanguageName } from './mail-words.ts';

export default function MailTextList() {
  const say = useSay();
  const { locale = 'en' } = useParams();
  return (
    <RequirePermission by="settings.view">
      <Page
        title={say('mail_texts.title')}
        lead={say('mail_texts.lead')}
        back={{ to: '/mail', text: say('mail.title') }}
      >
        <Texts locale={locale} />
      </Page>
    </RequirePermission>
  );
}

function Texts({ locale }: { locale: string }) {
  const say = useSay();
  const kindWords = useKindWords();
  const languageName = useLanguageName();
  const navigate = useNavigate();
  const { data, error, refetch } = useMailTexts(locale);
  const problem = error && <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return problem ?? <Loading />;
  const groups = Map.groupBy(data.items, ({ kinds }) => (kinds.length === 1 ? kinds[0] : ''));
  return (
    <>
      {problem}
      <TextField
        select
        label={say('mail_texts.language')}
        value={locale}
        onChange={(event) => void navigate(`/mail/texts/${event.target.value}`)}
        sx={{ minWidth: 200, mb: 2.5 }}
      >
        {data.languages.map((language) => (
          <MenuItem key={language} value={language}>
            {languageName(language)}
          </MenuItem>
        ))}
      </TextField>
      {[...groups].map(([kind = '', items]) => (
        <ListGroup key={kind} title={kind === '' ? say('mail_texts.general') : kindWords(kind)}>
          {items.map((text) => (
            <Row key={text.name} text={text} />
          ))}
        </ListGroup>
      ))}
    </>
  );
}

function Row({ text }: { text: MailText }) {
  return (
    <ListRow columns="260px minmax(0, 1fr) 130px">
      <Link
        component={RouterLink}
        to={`/mail/texts/${text.locale}/${text.name}`}
        sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}
      >
        <code>{text.name}</code>
      </Link>
      <Box
        lang={text.text_locale}
        sx={{
          gridColumn: { xs: '1 / -1', md: 'auto' },
          gridRow: { xs: 2, md: 'auto' },
          minWidth: 0,
        }}
      >
        {text.text}
      </Box>
      <Box sx={{ textAlign: 'right' }}>
        <SourceMark text={text} />
      </Box>
    </ListRow>
  );
}

/** Where a text comes from, if that is not Latchkey's own in this language. */
export function SourceMark({ text: { source, text_locale, locale } }: { text: MailText }) {
  const say = useSay();
  const languageName = useLanguageName();
  if (text_locale !== locale) {
    const language = languageName(text_locale);
    return <Chip label={say('mail_texts.source_other', { language })} variant="outlined" />;
  }
  if (source === 'built-in') return null;
  return <Chip label={say(`mail_texts.source_${source}`)} color="primary" variant="outlined" />;
}
