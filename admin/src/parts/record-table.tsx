import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import Paper from '@mui/material/Paper';
import Skeleton from '@mui/material/Skeleton';
import type { Theme } from '@mui/material/styles';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TableSortLabel from '@mui/material/TableSortLabel';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { ReactNode } from 'react';
import { type RaRecord, useListContext } from 'react-admin';
import { useSay } from '../i18n/i18n.ts';
import { ProblemAlert } from './problem-alert.tsx';

export interface Column<Item> {
  readonly label: string;
  render(item: Item): ReactNode;
  /** Names the field by which the list can be put in order. */
  readonly sortField?: string;
  readonly align?: 'right';
  /** Where the screen is not as wide, the column is left out. */
  readonly from?: 'lg' | 'xl';
  /** What has no blanks where it could wrap, such as an email: it wraps anywhere, and takes its share. */
  readonly isLong?: boolean;
  /** Buttons: without a heading, at the end. */
  readonly isActions?: boolean;
}

interface RecordTableProps<Item extends RaRecord> {
  /** What the table is of. */
  readonly label: string;
  /** The first one says which record it is. */
  readonly columns: readonly Column<Item>[];
  /** What a screen reader calls a record. */
  nameOf?(item: Item): string;
  /** What can be done with several at once; without it none can be selected. */
  readonly bulkActions?: ReactNode;
  /** What is shown if there are no records. */
  readonly empty: ReactNode;
}

/** The records of the list that is around it: a table, or cards where the screen is narrow. */
export function RecordTable<Item extends RaRecord>(props: RecordTableProps<Item>) {
  const { data, error, isPending, refetch, selectedIds = [] } = useListContext<Item>();
  const isWide = useMediaQuery((theme: Theme) => theme.breakpoints.up('md'));
  const problem = error && <ProblemAlert error={error} onRetry={() => void refetch?.()} />;
  if (isPending) return <Placeholder />;
  if (!data || data.length === 0) {
    return problem ?? <Paper variant="outlined">{props.empty}</Paper>;
  }
  const Rows = isWide ? Wide : Narrow;
  return (
    <>
      {problem}
      {props.bulkActions && selectedIds.length > 0 && (
        <SelectionBar>{props.bulkActions}</SelectionBar>
      )}
      <Rows {...props} items={data} />
    </>
  );
}

type RowsProps<Item extends RaRecord> = RecordTableProps<Item> & { items: readonly Item[] };

function Wide<Item extends RaRecord>({
  label,
  columns,
  nameOf,
  bulkActions,
  items,
}: RowsProps<Item>) {
  const { sort, setSort } = useListContext<Item>();
  const isVisible = useVisibleColumns();
  const shown = columns.filter(isVisible);
  return (
    <TableContainer component={Paper} variant="outlined">
      <Table size="small" aria-label={label}>
        <TableHead>
          <TableRow>
            {bulkActions && (
              <TableCell padding="checkbox">
                <SelectPage />
              </TableCell>
            )}
            {shown.map((column) => (
              <HeadCell
                key={column.label}
                column={column}
                order={sort?.field === column.sortField ? sort?.order : undefined}
                onSort={(order) => setSort({ field: column.sortField ?? 'id', order })}
              />
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {items.map((item) => (
            <TableRow key={item.id} hover sx={{ '&:last-child td': { borderBottom: 0 } }}>
              {bulkActions && (
                <TableCell padding="checkbox">
                  <Select item={item} name={nameOf?.(item)} />
                </TableCell>
              )}
              {shown.map((column) => (
                <TableCell
                  key={column.label}
                  align={column.isActions ? 'right' : column.align}
                  sx={column.isActions ? { whiteSpace: 'nowrap' } : {}}
                >
                  {column.isLong ? <Long>{column.render(item)}</Long> : column.render(item)}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}

function HeadCell<Item>({
  column: { label, sortField, align, isActions },
  order,
  onSort,
}: {
  column: Column<Item>;
  order: 'ASC' | 'DESC' | undefined;
  onSort: (order: 'ASC' | 'DESC') => void;
}) {
  const say = useSay();
  if (isActions) {
    return (
      <TableCell align="right">
        <VisuallyHidden>{say('site.actions')}</VisuallyHidden>
      </TableCell>
    );
  }
  if (!sortField) return <TableCell align={align}>{label}</TableCell>;
  const direction = order === 'DESC' ? 'desc' : 'asc';
  return (
    <TableCell align={align} sortDirection={order ? direction : false}>
      <TableSortLabel
        active={order !== undefined}
        direction={direction}
        onClick={() => onSort(order === 'ASC' ? 'DESC' : 'ASC')}
      >
        {label}
      </TableSortLabel>
    </TableCell>
  );
}

function Narrow<Item extends RaRecord>({
  label,
  columns,
  nameOf,
  bulkActions,
  items,
}: RowsProps<Item>) {
  const [first, ...others] = columns.filter(({ from }) => from === undefined);
  return (
    <Box
      component="ul"
      aria-label={label}
      sx={{ listStyle: 'none', p: 0, m: 0, display: 'grid', gap: 1 }}
    >
      {items.map((item) => (
        <Paper
          key={item.id}
          component="li"
          variant="outlined"
          sx={{ p: 1.5, display: 'grid', gap: 0.75 }}
        >
          <Box sx={{ display: 'flex', alignItems: 'flex-start', gap: 1, minWidth: 0 }}>
            {bulkActions && <Select item={item} name={nameOf?.(item)} />}
            <Box sx={{ flex: 1, minWidth: 0, overflowWrap: 'anywhere', fontWeight: 600 }}>
              {first?.render(item)}
            </Box>
          </Box>
          {others.map((column) => {
            const content = column.render(item);
            if (content === null || content === undefined || content === false || content === '')
              return null;
            if (column.isActions) return <Box key={column.label}>{content}</Box>;
            return (
              <Box
                key={column.label}
                sx={{
                  display: 'grid',
                  gridTemplateColumns: '110px 1fr',
                  gap: 1,
                  fontSize: '0.875rem',
                }}
              >
                <Box component="span" sx={{ color: 'text.secondary' }}>
                  {column.label}
                </Box>
                <Box sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>{content}</Box>
              </Box>
            );
          })}
        </Paper>
      ))}
    </Box>
  );
}

function Long({ children }: { children: ReactNode }) {
  return (
    <Box sx={{ width: 'fit-content', minWidth: 130, maxWidth: 300, overflowWrap: 'anywhere' }}>
      {children}
    </Box>
  );
}

function useVisibleColumns(): (column: { from?: 'lg' | 'xl' }) => boolean {
  const isLarge = useMediaQuery((theme: Theme) => theme.breakpoints.up('lg'));
  const isExtraLarge = useMediaQuery((theme: Theme) => theme.breakpoints.up('xl'));
  return ({ from }) => from === undefined || (from === 'lg' ? isLarge : isExtraLarge);
}

function Select({ item, name }: { item: RaRecord; name: string | undefined }) {
  const say = useSay();
  const { selectedIds = [], onToggleItem } = useListContext();
  return (
    <Checkbox
      size="small"
      checked={selectedIds.includes(item.id)}
      onChange={() => onToggleItem(item.id)}
      slotProps={{ input: { 'aria-label': `${say('site.select')}: ${name ?? item.id}` } }}
      sx={{ p: 0.75 }}
    />
  );
}

function SelectPage() {
  const say = useSay();
  const { data = [], selectedIds = [], onSelect } = useListContext();
  const ids = data.map(({ id }) => id);
  const chosen = ids.filter((id) => selectedIds.includes(id));
  return (
    <Checkbox
      size="small"
      checked={chosen.length > 0 && chosen.length === ids.length}
      indeterminate={chosen.length > 0 && chosen.length < ids.length}
      onChange={(_event, isChecked) => onSelect(isChecked ? ids : [])}
      slotProps={{ input: { 'aria-label': say('site.select_page') } }}
      sx={{ p: 0.75 }}
    />
  );
}

function SelectionBar({ children }: { children: ReactNode }) {
  const say = useSay();
  const { selectedIds = [] } = useListContext();
  return (
    <Paper
      variant="outlined"
      role="region"
      aria-label={say('site.selection')}
      sx={{
        display: 'flex',
        flexWrap: 'wrap',
        alignItems: 'center',
        gap: 1,
        px: 1.5,
        py: 1,
        mb: 1,
        bgcolor: 'action.selected',
        position: 'sticky',
        top: 0,
        zIndex: 2,
      }}
    >
      <Typography variant="body2" sx={{ flex: 1, fontWeight: 600 }} aria-live="polite">
        {say('site.selected', { smart_count: selectedIds.length })}
      </Typography>
      {children}
    </Paper>
  );
}

function Placeholder() {
  const say = useSay();
  return (
    <Paper variant="outlined" role="status" aria-label={say('site.loading')} sx={{ p: 2 }}>
      {[80, 65, 72, 58, 69].map((width) => (
        <Skeleton key={width} width={`${width}%`} height={32} />
      ))}
    </Paper>
  );
}

export function VisuallyHidden({ children }: { children: ReactNode }) {
  return (
    <Box
      component="span"
      sx={{
        position: 'absolute',
        width: '1px',
        height: '1px',
        overflow: 'hidden',
        clipPath: 'inset(50%)',
        whiteSpace: 'nowrap',
      }}
    >
      {children}
    </Box>
  );
}
