import Box from '@mui/material/Box';

/** A state that is as it should be: said quietly. */
export function Dot({ text }: { text: string }) {
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: 0.75 }}>
      <Box
        component="span"
        sx={{ width: 8, height: 8, borderRadius: '50%', bgcolor: 'success.main', flex: 'none' }}
      />
      {text}
    </Box>
  );
}
