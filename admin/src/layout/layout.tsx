import MenuIcon from '@mui/icons-material/Menu';
import Box from '@mui/material/Box';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import type { Theme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { type ReactNode, type RefObject, Suspense, useEffect, useRef, useState } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { Link, useLocation } from 'react-router';
import { useSay } from '../i18n/i18n.ts';
import { MailBanner } from '../pages/mail/mail-banner.tsx';
import { ImpersonationBanner } from '../pages/users/impersonation-banner.tsx';
import { Crash } from './crash.tsx';
import { LeaveGuard } from './leave-guard.tsx';
import { Loading } from './loading.tsx';
import { Navigation } from './navigation.tsx';
import { Wordmark } from './wordmark.tsx';

const railWidth = 236;

/** The frame of every page: the sections at the left, or behind a button where it is narrow. */
export function Layout({ children }: { children: ReactNode }) {
  const say = useSay();
  const { pathname } = useLocation();
  const isWide = useMediaQuery((theme: Theme) => theme.breakpoints.up('md'));
  const [isOpen, setIsOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  useArrival(main, pathname);
  const title = (
    <Link to="/" aria-label={say('site.name')} style={{ textDecoration: 'none' }}>
      <Wordmark />
    </Link>
  );
  return (
    <Box sx={{ display: 'flex', minHeight: '100dvh', bgcolor: 'background.default' }}>
      <SkipLink onSkip={() => main.current?.focus()} />
      {isWide ? (
        <Box
          sx={{
            position: 'sticky',
            top: 0,
            height: '100dvh',
            width: railWidth,
            flex: 'none',
            display: 'flex',
            flexDirection: 'column',
            bgcolor: 'own.rail',
            borderRight: 1,
            borderColor: 'divider',
          }}
        >
          <Box component="header" sx={{ px: 2.5, pt: 2.5, pb: 2.5 }}>
            {title}
          </Box>
          <Navigation />
        </Box>
      ) : (
        <Drawer
          open={isOpen}
          onClose={() => setIsOpen(false)}
          slotProps={{
            paper: {
              'aria-label': say('site.menu'),
              sx: { width: railWidth + 24, bgcolor: 'own.rail', pt: 2 },
            },
          }}
        >
          <Navigation onNavigate={() => setIsOpen(false)} />
        </Drawer>
      )}
      <Box sx={{ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column' }}>
        {!isWide && (
          <Box
            component="header"
            sx={{
              display: 'flex',
              alignItems: 'center',
              gap: 1,
              px: 1,
              height: 52,
              bgcolor: 'own.rail',
              borderBottom: 1,
              borderColor: 'divider',
            }}
          >
            <IconButton
              aria-label={say('site.open_menu')}
              aria-expanded={isOpen}
              onClick={() => setIsOpen(true)}
            >
              <MenuIcon />
            </IconButton>
            {title}
          </Box>
        )}
        <ImpersonationBanner />
        <MailBanner />
        <LeaveGuard />
        <Box
          component="main"
          id="content"
          tabIndex={-1}
          ref={main}
          sx={{ flex: 1, p: { xs: 2, sm: 3, lg: 4 }, outline: 'none', minWidth: 0 }}
        >
          <ErrorBoundary FallbackComponent={Crash} resetKeys={[pathname]}>
            {/* What a page remembers is about what it shows: nothing of it goes on to the next one. */}
            <Suspense key={pathname} fallback={<Loading />}>
              {children}
            </Suspense>
          </ErrorBoundary>
        </Box>
      </Box>
    </Box>
  );
}

/**
 * A page that is opened begins at its top, for the keyboard and the screen reader too, unless the page itself has set
 * the focus.
 */
function useArrival(main: RefObject<HTMLElement | null>, pathname: string): void {
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    window.scrollTo({ top: 0 });
    if (!main.current?.contains(document.activeElement)) main.current?.focus();
  }, [main, pathname]);
}

/** The first thing that the keyboard reaches (WCAG 2.4.1). The URL stays: it is the router's. */
function SkipLink({ onSkip }: { onSkip: () => void }) {
  const say = useSay();
  return (
    <Box
      component="a"
      href="#content"
      onClick={(event) => {
        event.preventDefault();
        onSkip();
      }}
      sx={{
        position: 'fixed',
        top: 8,
        left: 8,
        zIndex: 'tooltip',
        px: 2,
        py: 1,
        borderRadius: 1,
        bgcolor: 'primary.main',
        color: 'primary.contrastText',
        transform: 'translateY(-200%)',
        '&:focus': { transform: 'none' },
      }}
    >
      {say('site.skip')}
    </Box>
  );
}
