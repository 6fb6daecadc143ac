/** A status as it looks in a row, for legends, filters, tooltips and tables. */
import { useTheme2 } from '@grafana/ui';
import { useLayoutEffect, useRef } from 'react';
import { NODATA, UNKNOWN } from '../fleet/statuses';
import { paletteOf } from './palette';
import { fillStatus, makeFills } from './status-fill';

const WIDTH = 18;
const HEIGHT = 12;

export function Swatch({ code }: { readonly code: number }) {
  const theme = useTheme2();
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const ctx = canvas.current?.getContext('2d');
    if (!ctx) return;
    const ratio = Math.max(1, Math.min(2, globalThis.devicePixelRatio || 1));
    ctx.canvas.width = WIDTH * ratio;
    ctx.canvas.height = HEIGHT * ratio;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const palette = paletteOf(theme);
    const brush = { ctx, palette, fills: makeFills(ctx, palette, ratio) };
    fillStatus(brush, code, { x: 0, y: 0, width: WIDTH, height: HEIGHT });
    if (code === NODATA || code === UNKNOWN) {
      ctx.strokeStyle = palette.status[code];
      ctx.strokeRect(0.5, 0.5, WIDTH - 1, HEIGHT - 1);
    }
  }, [code, theme]);
  const style = { width: WIDTH, height: HEIGHT, borderRadius: 2, flex: 'none' };
  return <canvas ref={canvas} style={style} />;
}
