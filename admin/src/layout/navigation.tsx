import Logout from '@mui/icons-material/LogoutOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemButton from '@mui/material/ListItemButton';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import Typography from '@mui/material/Typography';
import { Link, useLocation } from 'react-router';
import { signOut } from '../auth/account.ts';
import { useMay, useMe } from '../auth/permissions.ts';
import { useSay } from '../i18n/i18n.ts';
import { useTellProblem } from '../parts/use-tell.tsx';
import { DisplayMenu } from './display-menu.tsx';
import { type Section, sections } from './sections.tsx';

/** The menu of the site: what the user may see, and who they are. */
export function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const say = useSay();
  const may = useMay();
  const { pathname } = useLocation();
  const isHere = ({ to }: Section) => (to === '/' ? pathname === '/' : pathname.startsWith(to));
  const shown = sections.filter(({ permission }) => !permission || may(permission));
  return (
    <>
      <Box component="nav" aria-label={say('site.sections')} sx={{ flex: 1, overflowY: 'auto' }}>
        <List dense sx={{ px: 1.5, py: 0 }}>
          {shown.map((section) => (
            <ListItem key={section.to} disablePadding sx={{ mb: 0.25 }}>
              <ListItemButton
                component={Link}
                to={section.to}
                selected={isHere(section)}
                aria-current={isHere(section) ? 'page' : undefined}
                onClick={() => onNavigate?.()}
                sx={{ borderRadius: 1.5, minHeight: 38, px: 1.25 }}
              >
                <ListItemIcon sx={{ minWidth: 34, '& svg': { fontSize: 20 } }}>
                  {section.icon}
                </ListItemIcon>
                <ListItemText
                  primary={say(section.text)}
                  slotProps={{ primary: { sx: { fontWeight: isHere(section) ? 650 : 500 } } }}
                />
              </ListItemButton>
            </ListItem>
          ))}
        </List>
      </Box>
      <Account />
    </>
  );
}

function Account() {
  const say = useSay();
  const me = useMe();
  const tellProblem = useTellProblem();
  return (
    <Box
      component="section"
      aria-label={say('site.account')}
      sx={{ borderTop: 1, borderColor: 'divider', p: 1.5, display: 'grid', gap: 0.25 }}
    >
      <Typography
        variant="caption"
        color="textSecondary"
        sx={{ px: 1.5, pb: 0.5, overflowWrap: 'anywhere' }}
      >
        {say('site.signed_in_as', { email: me?.email ?? '' })}
      </Typography>
      <DisplayMenu />
      <Button
        color="inherit"
        startIcon={<Logout fontSize="small" />}
        onClick={() => void signOut().catch(tellProblem)}
        sx={{ color: 'text.secondary', justifyContent: 'flex-start' }}
      >
        {say('site.sign_out')}
      </Button>
    </Box>
  );
}
