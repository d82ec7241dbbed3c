import Typography from '@mui/material/Typography';
import { useEffect, useState } from 'react';
import { useSay } from '../i18n/i18n.ts';
import { Loading } from '../layout/loading.tsx';

const longMs = 4_000;

/** While the server is asked whether somebody is signed in. */
export function StartingPage() {
  const say = useSay();
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), longMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main style={{ paddingTop: '20vh', textAlign: 'center' }}>
      <Loading />
      {isLong && <Typography role="status">{say('unknown.slow')}</Typography>}
    </main>
  );
}
