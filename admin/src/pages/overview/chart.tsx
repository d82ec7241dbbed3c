import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { type PointerEvent, type RefObject, useEffect, useId, useRef, useState } from 'react';
import type { OverviewPoint } from '../../api/types.ts';
import { useLanguage, useSay } from '../../i18n/i18n.ts';

export interface ChartSeries {
  readonly name: 'sign_ins' | 'failures' | 'refreshes';
  readonly text: string;
  /** Of the theme's palette. */
  readonly colour: 'primary.main' | 'error.main' | 'info.main';
  /** Hatched, so that the series can be told apart without colours (WCAG 1.4.1). */
  readonly isHatched?: boolean;
}

interface ChartProps {
  readonly title: string;
  /** What the picture shows, in a sentence. */
  readonly summary: string;
  readonly points: readonly OverviewPoint[];
  readonly series: readonly ChartSeries[];
}

const height = 180;
const left = 48;
const bottom = 22;
const top = 8;

/** Bars over the last day, stacked; and the same as a table. */
export function Chart({ title, summary, points, series }: ChartProps) {
  const say = useSay();
  const language = useLanguage();
  const hatchId = useId();
  const [frame, width] = useWidth();
  const [index, setIndex] = useState<number>();
  const totals = points.map((point) => series.reduce((sum, { name }) => sum + point[name], 0));
  const most = niceCeiling(Math.max(1, ...totals));
  const step = (width - left) / Math.max(1, points.length);
  const barWidth = Math.max(1, step - (step > 6 ? 2 : 0.8));
  const y = (value: number) => top + (height - top - bottom) * (1 - value / most);
  const shown = index === undefined ? undefined : points[index];
  const hour = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
  const number = new Intl.NumberFormat(language);

  function point(event: PointerEvent<SVGSVGElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - box.left - left;
    const at = Math.floor(x / step);
    setIndex(at >= 0 && at < points.length ? at : undefined);
  }

  return (
    <Paper variant="outlined" component="section" sx={{ p: 2, minWidth: 0 }}>
      <Box sx={{ mb: 1 }}>
        <Typography variant="h2">{title}</Typography>
        <Box
          sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 2, minHeight: 22, mt: 0.5 }}
          aria-hidden="true"
        >
          {series.map(({ name, text, colour, isHatched }) => (
            <Typography
              key={name}
              variant="caption"
              sx={{ display: 'flex', alignItems: 'center', gap: 0.75 }}
            >
              <Box
                sx={{
                  width: 12,
                  height: 12,
                  borderRadius: 0.5,
                  bgcolor: colour,
                  ...(isHatched && {
                    backgroundImage:
                      'repeating-linear-gradient(45deg, transparent 0 2px, var(--paper) 2px 4px)',
                  }),
                }}
                style={{ '--paper': 'rgba(255,255,255,.6)' } as React.CSSProperties}
              />
              {text}
              {shown && `: ${number.format(shown[name])}`}
            </Typography>
          ))}
          <Typography
            variant="caption"
            color="textSecondary"
            sx={{ minWidth: 44, textAlign: 'right' }}
          >
            {shown ? hour.format(new Date(shown.at)) : ''}
          </Typography>
        </Box>
      </Box>
      <Box
        component="svg"
        ref={frame}
        role="img"
        aria-label={summary}
        height={height}
        onPointerMove={point}
        onPointerLeave={() => setIndex(undefined)}
        sx={{ width: '100%', display: 'block', color: 'text.secondary' }}
      >
        <defs>
          <pattern
            id={hatchId}
            width="4"
            height="4"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="2" height="4" fill="white" opacity="0.55" />
          </pattern>
        </defs>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line
              x1={left}
              x2={width}
              y1={y(most * share)}
              y2={y(most * share)}
              stroke="currentColor"
              strokeOpacity={share === 0 ? 0.6 : 0.2}
            />
            {Number.isInteger(most * share) && (
              <text
                x={left - 8}
                y={y(most * share) + 4}
                textAnchor="end"
                fontSize="12"
                fill="currentColor"
              >
                {number.format(most * share)}
              </text>
            )}
          </g>
        ))}
        {points.map((one, at) => {
          let below = 0;
          const x = left + at * step;
          return (
            <g key={one.at} opacity={index === undefined || index === at ? 1 : 0.55}>
              {series.map(({ name, colour, isHatched }) => {
                const value = one[name];
                if (value === 0) return null;
                const y1 = y(below + value);
                const bar = { x, y: y1, width: barWidth, height: y(below) - y1 };
                below += value;
                return (
                  <g key={name}>
                    <Box
                      component="rect"
                      {...bar}
                      sx={{ fill: (theme) => paletteOf(theme.palette, colour) }}
                    />
                    {isHatched && <rect {...bar} fill={`url(#${hatchId})`} />}
                  </g>
                );
              })}
            </g>
          );
        })}
        {points.map((one, at) =>
          at % Math.ceil(points.length / Math.max(2, Math.floor(width / 90))) === 0 ? (
            <text
              key={one.at}
              x={left + at * step}
              y={height - 5}
              fontSize="12"
              fill="currentColor"
            >
              {hour.format(new Date(one.at))}
            </text>
          ) : null,
        )}
      </Box>
      <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5 }} aria-hidden="true">
        {summary}
      </Typography>
      <Box component="details" sx={{ mt: 1, fontSize: '0.875rem' }}>
        <Box component="summary" sx={{ cursor: 'pointer', width: 'fit-content', py: 0.5 }}>
          {say('overview.as_table')}
        </Box>
        <HourTable title={title} points={points} series={series} />
      </Box>
    </Paper>
  );
}

/** The same by the hour: 144 rows would help nobody. */
function HourTable({ title, points, series }: Omit<ChartProps, 'summary'>) {
  const say = useSay();
  const language = useLanguage();
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' });
  const hours = [...Map.groupBy(points, ({ at }) => at.slice(0, 13)).values()];
  return (
    <Table size="small" aria-label={title}>
      <TableHead>
        <TableRow>
          <TableCell>{say('overview.hour')}</TableCell>
          {series.map(({ name, text }) => (
            <TableCell key={name} align="right">
              {text}
            </TableCell>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {hours.map((of) => (
          <TableRow key={of[0]?.at}>
            <TableCell component="th" scope="row">
              {of[0] && format.format(new Date(of[0].at))}
            </TableCell>
            {series.map(({ name }) => (
              <TableCell key={name} align="right">
                {of.reduce((sum, point) => sum + point[name], 0)}
              </TableCell>
            ))}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** The width that there is for the picture, in pixels: so its text is as large as all other. */
function useWidth(): [RefObject<SVGSVGElement | null>, number] {
  const ref = useRef<SVGSVGElement>(null);
  const [width, setWidth] = useState(480);
  useEffect(() => {
    if (!ref.current) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(entry.contentRect.width);
    });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** The next round number, which the axis ends with. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 3, 4, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return Math.max(2, step * power);
}

interface MainColour {
  readonly main: string;
}

function paletteOf(
  palette: { primary: MainColour; error: MainColour; info: MainColour },
  colour: ChartSeries['colour'],
): string {
  return palette[colour.split('.')[0] as 'primary' | 'error' | 'info'].main;
}
