/** The path as a picture: what returned runs on top, what is missing below it, to scale, and falls out where it was lost. */
import { useTheme2 } from '@grafana/ui';
import { useId } from 'react';
import { count } from '../fleet/time-text';
import { type Palette, paletteOf } from '../look/palette';
import { PATH_LINKS, type PathView, SURENESS, type Sureness } from '../losses/path';

/** Units of the view box; a column is as wide as the names above it. */
const COLUMN = 160;
const WIDTH = COLUMN * PATH_LINKS.length;
export const HEIGHT = 160;
const RETURNED = 38;
/** All that is missing, at the first link. */
const MISSING_MAX = 84;
/** What is lost stays visible, however little of all that is missing it is. */
const THINNEST = 1.5;
const BEND = 12;

interface Spout {
  readonly x: number;
  readonly top: number;
  readonly thickness: number;
  readonly sureness: Sureness;
  /** Distance of the fall from the column's edge. */
  readonly shift: number;
}

/** From the band round a bend down to the floor. */
function spoutPath({ x, top, thickness, shift }: Spout): string {
  const bottom = top + thickness;
  const inner = x + BEND + shift;
  const outer = inner + thickness;
  return [
    `M${x} ${top}H${inner}Q${outer} ${top} ${outer} ${top + BEND + thickness}V${HEIGHT}`,
    `H${inner}V${bottom + BEND}Q${inner} ${bottom} ${Math.max(x, inner - BEND)} ${bottom}H${x}Z`,
  ].join('');
}

function patternsOf(id: string, palette: Palette) {
  const ink = palette.strongest;
  return (
    <defs>
      <pattern
        id={`${id}-likely`}
        width={6}
        height={6}
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width={6} height={6} fill={palette.panel} />
        <rect width={3.2} height={6} fill={ink} />
      </pattern>
      <pattern id={`${id}-unknown`} width={4} height={4} patternUnits="userSpaceOnUse">
        <rect width={4} height={4} fill={palette.panel} />
        <circle cx={2} cy={2} r={1.1} fill={ink} />
      </pattern>
    </defs>
  );
}

function fillOf(id: string, palette: Palette, sureness: Sureness): string {
  if (sureness === 'proven') return palette.strongest;
  return sureness === 'untold' ? palette.panel : `url(#${id}-${sureness})`;
}

/** How sure: solid, hatched, dotted, hollow; never by colour. */
export function SurenessSwatch({ sureness }: { readonly sureness: Sureness }) {
  const palette = paletteOf(useTheme2());
  const id = useId();
  return (
    <svg width={14} height={10} aria-hidden="true" style={{ flex: 'none' }}>
      {patternsOf(id, palette)}
      <rect
        x={0.5}
        y={0.5}
        width={13}
        height={9}
        rx={1.5}
        fill={fillOf(id, palette, sureness)}
        stroke={palette.strongest}
      />
    </svg>
  );
}

interface Step {
  readonly x: number;
  /** Of the band that goes on. */
  readonly height: number;
  readonly goOn: number;
  readonly spouts: readonly Spout[];
}

function stepsOf(view: PathView): Step[] {
  const scale = view.judged === 0 ? 0 : MISSING_MAX / view.judged;
  let left = view.judged;
  return view.links.map(({ link, bySureness, losses }, k) => {
    const x = k * COLUMN;
    if (link === '1') return { x, height: left * scale, goOn: left, spouts: [] };
    left -= losses;
    let top = RETURNED + left * scale;
    let shift = 0;
    const spouts: Spout[] = [];
    // The surest falls outermost: from the bottom of the band.
    for (const sureness of [...SURENESS].reverse()) {
      if (bySureness[sureness] === 0) continue;
      const thickness = Math.max(THINNEST, bySureness[sureness] * scale);
      spouts.push({ x, top, thickness, sureness, shift: 0 });
      top += thickness;
    }
    const shifted = [...spouts].reverse().map((spout) => {
      const placed = { ...spout, shift };
      shift += spout.thickness;
      return placed;
    });
    return { x, height: left * scale, goOn: left, spouts: shifted };
  });
}

interface DrawingProps {
  readonly view: PathView;
  /** The whole picture in words. */
  readonly text: string;
  readonly words: {
    readonly expected: string;
    readonly returned: string;
    readonly missing: string;
    readonly scale: string;
    goOn(many: string): string;
  };
}

export function Drawing({ view, text, words }: DrawingProps) {
  const palette = paletteOf(useTheme2());
  const id = useId();
  const steps = stepsOf(view);
  const label = { fontSize: 12, fill: palette.text };
  const quiet = { ...label, fill: palette.quiet };
  return (
    <svg
      role="img"
      aria-label={text}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      width="100%"
      height={HEIGHT}
      style={{ display: 'block' }}
    >
      {patternsOf(id, palette)}
      <rect width={WIDTH} height={RETURNED} fill={palette.okField} />
      <rect width={WIDTH} height={1.5} fill={palette.okLine} />
      {steps.map(({ x, height }) => (
        <rect key={x} x={x} y={RETURNED} width={COLUMN} height={height} fill={palette.border} />
      ))}
      {steps.flatMap(({ spouts }) =>
        spouts.map((spout) => (
          <path
            key={`${spout.x} ${spout.sureness}`}
            d={spoutPath(spout)}
            fill={fillOf(id, palette, spout.sureness)}
            stroke={spout.sureness === 'proven' ? palette.panel : palette.strongest}
            strokeWidth={1}
          />
        )),
      )}
      <text x={10} y={24} {...label} fontWeight={500}>
        {words.expected}
      </text>
      <text x={WIDTH / 2} y={24} {...quiet} textAnchor="middle">
        {words.scale}
      </text>
      <text x={WIDTH - 10} y={24} {...label} fontWeight={500} textAnchor="end">
        {words.returned}
      </text>
      {view.judged > 0 && (
        <text x={10} y={RETURNED + 18} {...label} fontWeight={500}>
          {words.missing}
        </text>
      )}
      {steps.map(({ x, height, goOn }, k) =>
        k > 0 && height >= 16 ? (
          <text key={x} x={x + COLUMN - 8} y={RETURNED + 14} {...label} textAnchor="end">
            {words.goOn(count(goOn))}
          </text>
        ) : null,
      )}
    </svg>
  );
}
