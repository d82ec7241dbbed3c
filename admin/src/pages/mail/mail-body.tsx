import Typography from '@mui/material/Typography';

/** What a mail says, as text. */
export function MailBody(props: {
  readonly mail: { readonly subject: string; readonly text: string };
  readonly lang: string;
}) {
  const { mail, lang } = props;
  return (
    <div lang={lang}>
      <Typography sx={{ fontWeight: 650, mb: 1.5, overflowWrap: 'anywhere' }}>
        {mail.subject}
      </Typography>
      <Typography
        component="pre"
        variant="body2"
        sx={{ m: 0, fontFamily: 'inherit', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
      >
        {mail.text}
      </Typography>
    </div>
  );
}
